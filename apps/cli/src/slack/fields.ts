// Reading what a stranger's JSON says: a field of the wrong kind is refused with where it stands, one that is missing is null.
import { Refusal } from '../command.js';

type JsonObject = { readonly [field: string]: unknown };

export class Fields {
  readonly #object: JsonObject;
  /** Where it stands, for messages. */
  readonly where: string;

  /** @throws Refusal where it is no object */
  constructor(value: unknown, where: string) {
    if (!isObject(value)) throw new Refusal(`${where}: an object is wanted`);
    this.#object = value;
    this.where = where;
  }

  text(name: string): string {
    return this.textOrNull(name) ?? this.refuse(name, 'a text');
  }

  /** Empty is none. */
  textOrNull(name: string): string | null {
    const value = this.#object[name];
    if (value === undefined || value === null || value === '') return null;
    return typeof value === 'string' ? value : this.refuse(name, 'a text');
  }

  flag(name: string): boolean {
    return this.#object[name] === true;
  }

  numberOrNull(name: string): number | null {
    const value = this.#object[name];
    if (value === undefined || value === null) return null;
    return typeof value === 'number' && Number.isFinite(value) ? value : this.refuse(name, 'a number');
  }

  inner(name: string): Fields | null {
    const value = this.#object[name];
    return value === undefined || value === null ? null : new Fields(value, `${this.where}, ${name}`);
  }

  list(name: string): readonly unknown[] {
    const value = this.#object[name];
    if (value === undefined || value === null) return [];
    return Array.isArray(value) ? value : this.refuse(name, 'a list');
  }

  texts(name: string): readonly string[] {
    return this.list(name).map((one) => (typeof one === 'string' ? one : this.refuse(name, 'a list of texts')));
  }

  objects(name: string): readonly Fields[] {
    return this.list(name).map((one, index) => new Fields(one, `${this.where}, ${name} ${index + 1}`));
  }

  refuse(name: string, wanted: string): never {
    throw new Refusal(`${this.where}: ${name} is to be ${wanted}`);
  }
}

/** The objects of a file that holds a list of them. @throws Refusal */
export function objectsIn(value: unknown, file: string, what: string): readonly Fields[] {
  if (!Array.isArray(value)) throw new Refusal(`${file}: a list is wanted`);
  return value.map((one, index) => new Fields(one, `${file}, ${what} ${index + 1}`));
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
