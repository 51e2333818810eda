// The form of the bodies of entries, as the contract has them: what a file says is looked at as closely as what a client says.
import { Compile, ENTRY_BODIES } from '@kith/protocol';
import type { EntryLine } from './lines.js';
import { TransferError } from './transfer-error.js';

const FORMS = new Map(Object.entries(ENTRY_BODIES).map(([kind, schema]) => [kind, Compile(schema)]));

/** @throws TransferError */
export function requireBody(kind: EntryLine['kind'], body: EntryLine['body'], line: number): void {
  const form = FORMS.get(kind);
  if (form === undefined || form.Check(body)) return;
  const [first] = form.Errors(body);
  throw new TransferError(
    `body of ${kind}: ${first?.instancePath.slice(1) ?? ''} ${first?.message ?? 'not of its form'}`,
    line,
  );
}
