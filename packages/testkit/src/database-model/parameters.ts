// The parameters of a statement, as the server would take them in: the one place where they become types. What PostgreSQL
// refuses is refused with its code, and text is kept as it would be kept.
import { ServerError, SQLSTATE } from './server-error.js';

const INT = { name: 'integer', least: -(2 ** 31), most: 2 ** 31 - 1 };
const SMALLINT = { name: 'smallint', least: -(2 ** 15), most: 2 ** 15 - 1 };
const BIGINT = { name: 'bigint', least: Number.MIN_SAFE_INTEGER, most: Number.MAX_SAFE_INTEGER };
const UUID = /^[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}$/i;
const UUID_PARTS = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/;
const WRITTEN_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export class Parameters {
  readonly #values: readonly unknown[];

  constructor(values: readonly unknown[]) {
    this.#values = values;
  }

  get count(): number {
    return this.#values.length;
  }

  /** @param position as in the statement: `$1` is 1 */
  smallint(position: number): number {
    return numberOf(this.#given(position), SMALLINT);
  }

  smallintOrNull(position: number): number | null {
    return orNull(this.#at(position), (value) => numberOf(value, SMALLINT));
  }

  int(position: number): number {
    return numberOf(this.#given(position), INT);
  }

  bigint(position: number): number {
    return numberOf(this.#given(position), BIGINT);
  }

  bigintOrNull(position: number): number | null {
    return orNull(this.#at(position), (value) => numberOf(value, BIGINT));
  }

  uuid(position: number): string {
    return uuidOf(this.#given(position));
  }

  uuidOrNull(position: number): string | null {
    return orNull(this.#at(position), uuidOf);
  }

  text(position: number): string {
    return textOf(this.#given(position));
  }

  textOrNull(position: number): string | null {
    return orNull(this.#at(position), textOf);
  }

  bytes(position: number): Buffer {
    return bytesOf(this.#given(position));
  }

  smallints(position: number): readonly number[] {
    return this.#array(position, (value) => numberOf(value, SMALLINT));
  }

  ints(position: number): readonly number[] {
    return this.#array(position, (value) => numberOf(value, INT));
  }

  intsOrNulls(position: number): readonly (number | null)[] {
    return this.#array(position, (value) => orNull(value, (one) => numberOf(one, INT)));
  }

  bigints(position: number): readonly number[] {
    return this.#array(position, (value) => numberOf(value, BIGINT));
  }

  bigintsOrNulls(position: number): readonly (number | null)[] {
    return this.#array(position, (value) => orNull(value, (one) => numberOf(one, BIGINT)));
  }

  uuids(position: number): readonly string[] {
    return this.#array(position, uuidOf);
  }

  texts(position: number): readonly string[] {
    return this.#array(position, textOf);
  }

  textsOrNulls(position: number): readonly (string | null)[] {
    return this.#array(position, (value) => orNull(value, textOf));
  }

  byteStrings(position: number): readonly Buffer[] {
    return this.#array(position, bytesOf);
  }

  boolean(position: number): boolean {
    return booleanOf(this.#given(position));
  }

  booleans(position: number): readonly boolean[] {
    return this.#array(position, booleanOf);
  }

  /** Those at one place of parameters that are all arrays, as `unnest` gives them. */
  unnested(index: number): Parameters {
    return new Parameters(
      this.#values.map((values) => {
        if (!Array.isArray(values)) throw invalid('array', values);
        return values[index] ?? null;
      }),
    );
  }

  #at(position: number): unknown {
    if (position > this.#values.length) throw invalid(`parameter $${position}`, undefined);
    return this.#values[position - 1] ?? null;
  }

  #given(position: number): unknown {
    const value = this.#at(position);
    if (value !== null) return value;
    throw new ServerError(`null value in parameter $${position} violates not-null constraint`, {
      code: SQLSTATE.notNull,
    });
  }

  #array<T>(position: number, parse: (value: unknown) => T): readonly T[] {
    const values = this.#given(position);
    if (!Array.isArray(values)) throw invalid('array', values);
    return values.map((value: unknown) => parse(value));
  }
}

/** What `unnest` gives at an index; a column that is shorter than the others ends in nulls, which no table here takes. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) {
    throw new ServerError('null value violates not-null constraint', { code: SQLSTATE.notNull });
  }
  return value;
}

function orNull<T>(value: unknown, parse: (value: unknown) => T): T | null {
  return value === null || value === undefined ? null : parse(value);
}

function numberOf(value: unknown, type: typeof INT): number {
  if (typeof value === 'string' && /^\d+$/.test(value)) return numberOf(Number(value), type);
  if (typeof value !== 'number' || !Number.isInteger(value)) throw invalid(type.name, value);
  if (value >= type.least && value <= type.most) return value;
  throw new ServerError(`value "${value}" is out of range for type ${type.name}`, { code: SQLSTATE.numberOutOfRange });
}

/** Written as PostgreSQL writes it: small letters, with dashes. */
function uuidOf(value: unknown): string {
  if (typeof value !== 'string') throw invalid('uuid', value);
  if (WRITTEN_UUID.test(value)) return value;
  if (!UUID.test(value)) throw invalid('uuid', value);
  return value.replaceAll('-', '').toLowerCase().replace(UUID_PARTS, '$1-$2-$3-$4-$5');
}

/** A half of a pair of surrogates does not survive UTF-8, and a NUL is not taken. */
function textOf(value: unknown): string {
  if (typeof value !== 'string') throw invalid('text', value);
  if (value.includes('\0')) {
    throw new ServerError('invalid byte sequence for encoding "UTF8": 0x00', { code: SQLSTATE.notInEncoding });
  }
  return value.isWellFormed() ? value : value.toWellFormed();
}

function booleanOf(value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalid('boolean', value);
  return value;
}

function bytesOf(value: unknown): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw invalid('bytea', value);
}

function invalid(type: string, value: unknown): ServerError {
  return new ServerError(`invalid input syntax for type ${type}: "${String(value)}"`, { code: SQLSTATE.invalidText });
}
