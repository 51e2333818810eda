// The types of a table of schemas, worked out once: where `Static` stands in a declaration every package that uses it works it
// out again, which takes a compiler longer than everything else of this project together. The type of a constant is written
// out in the declarations instead. Nothing here does anything at run time.

type Requests = { readonly [name: string]: { readonly params: TSchema; readonly result: TSchema } };
type Schemas = { readonly [name: string]: TSchema };

// Without a name for what they return, so that it is written out.
import type { Static, TSchema } from './typebox.js';
export function requestTypes<const T extends Requests>(
  _table: T,
): { readonly [N in keyof T]: { params: Static<T[N]['params']>; result: Static<T[N]['result']> } } {
  return {} as never;
}

export function schemaTypes<const T extends Schemas>(_table: T): { readonly [N in keyof T]: Static<T[N]> } {
  return {} as never;
}
