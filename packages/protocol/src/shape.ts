// A schema made into the one reader of its values: bounds that have an error of their own, then the form, then a copy
// that holds nothing but the fields of the contract, with ids in their canonical form (lower case).
// So nothing that a stranger added reaches a store, and two spellings of one request are one request.
import { ChatError } from './codes.js';
import { UUID_PATTERN } from './ids.js';
import { LIMITS } from './limits.js';
import { Compile, type TSchema } from './typebox.js';

/** Takes a value that nobody has looked at. @throws bad_request, too_large */
export type ShapeReader = (value: unknown) => unknown;

/** What this file reads of a schema; typebox's own types say it per kind of schema. */
type Node = {
  readonly type?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly items?: Node;
  readonly properties?: { readonly [field: string]: Node };
  readonly anyOf?: readonly Node[];
  /** The entry of `LIMITS` that bounds the value: more than that is `too_large`, not `bad_request`. */
  readonly 'x-limit'?: keyof typeof LIMITS;
};

type JsonObject = { readonly [field: string]: unknown };
type Measure = (value: unknown) => void;
type Copy = (value: unknown) => unknown;

/** @param what named in the message where the value as a whole is not of its form */
export function makeShapeReader(schema: TSchema, what: string): ShapeReader {
  const form = Compile(schema);
  const measure = measureOf(schema as Node, '');
  const copy = copyOf(schema as Node);
  return (value) => {
    // Lengths come first: what follows is then as cheap as the largest value that is allowed.
    measure?.(value);
    if (!form.Check(value)) {
      const [first] = form.Errors(value);
      throw new ChatError(
        'bad_request',
        `${first?.instancePath.slice(1) || what}: ${first?.message ?? 'not of its form'}`,
      );
    }
    return copy ? copy(value) : value;
  };
}

function measureOf(node: Node, path: string): Measure | null {
  const limit = node['x-limit'];
  if (limit === 'setting') return (value) => requireStorable(value, path);
  // Of a value that may also be null, as of one that may not.
  const bounded = node.anyOf?.find((each) => each['x-limit'] !== undefined);
  if (bounded) return measureOf(bounded, path);
  if (node.maxLength !== undefined) return measureLength(node.maxLength, { path, limit, unit: 'UTF-16 units' });
  if (node.type === 'array') return measureList(node, path);
  if (node.type !== 'object' || !node.properties) return null;
  const fields = Object.entries(node.properties).flatMap(([field, inner]) => {
    const measure = measureOf(inner, path === '' ? field : `${path}/${field}`);
    return measure ? [{ field, measure }] : [];
  });
  return (value) => {
    if (!isObject(value)) return;
    for (const { field, measure } of fields) measure(value[field]);
  };
}

type Bound = { readonly path: string; readonly limit: keyof typeof LIMITS | undefined; readonly unit: string };

/** The lengths of a schema are in code points; the contract's are in UTF-16 units, which is also the cheaper count. */
function measureLength(most: number, { path, limit, unit }: Bound): Measure {
  return (value) => {
    if ((typeof value === 'string' || Array.isArray(value)) && value.length > most) {
      throw new ChatError(limit ? 'too_large' : 'bad_request', `${path}: more than ${most} ${unit}`);
    }
  };
}

function measureList(node: Node, path: string): Measure | null {
  const most = node.maxItems;
  if (most === undefined) return null;
  const whole = measureLength(most, { path, limit: node['x-limit'], unit: 'items' });
  const each = node.items?.type === 'object' ? measureOf(node.items, `${path}/…`) : null;
  if (!each) return whole;
  return (value) => {
    whole(value);
    if (Array.isArray(value)) for (const item of value) each(item);
  };
}

/** Bytes of UTF-8 of the value's JSON, and no number that JSON can read but not write. */
function requireStorable(value: unknown, path: string): void {
  requireFinite(value, path);
  if (utf8Length(JSON.stringify(value) ?? '') > LIMITS.setting) {
    throw new ChatError('too_large', `${path}: more than ${LIMITS.setting} bytes of JSON`);
  }
}

function requireFinite(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new ChatError('bad_request', `${path}: a number that is too large to be kept`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const inner of Object.values(value)) requireFinite(inner, path);
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    // Each half of a surrogate pair counts two: four bytes together.
    bytes += code < 0x80 ? 1 : code < 0x800 || (code >= 0xd800 && code < 0xe000) ? 2 : 3;
  }
  return bytes;
}

function copyOf(node: Node): Copy | null {
  if (node.pattern === UUID_PATTERN) return (value) => (value as string).toLowerCase();
  // -0 is read as 0, so that it also compares and prints as 0.
  if (node.type === 'integer') return (value) => (value as number) + 0;
  if (node.type === 'array') return copyOfList(node.items ?? {});
  if (node.type !== 'object' || !node.properties) return null;
  const fields = Object.entries(node.properties).map(([field, inner]) => ({ field, copy: copyOf(inner) }));
  return (value) => {
    const taken: { [field: string]: unknown } = {};
    for (const { field, copy } of fields) {
      const inner = (value as JsonObject)[field];
      if (inner !== undefined) taken[field] = copy ? copy(inner) : inner;
    }
    return taken;
  };
}

function copyOfList(item: Node): Copy | null {
  const copy = copyOf(item);
  return copy && ((value) => (value as readonly unknown[]).map(copy));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null;
}
