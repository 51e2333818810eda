// The kinds of configuration variables: how text of the environment, or a value of the file, becomes a typed value.
// A parser throws a TypeError whose message says what would be right; it never quotes the value, which may be a secret.
import { isIP } from 'node:net';

export type Variable<T> = {
  /** The name in the environment and in the file. */
  readonly name: string;
  /** One sentence: what it is, with its unit. */
  readonly about: string;
  /** The form, for the documentation. */
  readonly form: string;
  readonly fallback: T;
  /** Never printed. */
  readonly isSecret: boolean;
  /** @throws TypeError */
  readonly parse: (given: unknown) => T;
};

type Described<T> = { readonly about: string; readonly fallback: T };

export function integer(
  name: string,
  { about, fallback, min, max }: Described<number> & { readonly min: number; readonly max: number },
): Variable<number> {
  const form = `integer, ${min} to ${max}`;
  return {
    name,
    about,
    form,
    fallback,
    isSecret: false,
    parse: (given) => parseNumber(given, { min, max, isWhole: true }),
  };
}

export function decimal(
  name: string,
  { about, fallback, min, max }: Described<number> & { readonly min: number; readonly max: number },
): Variable<number> {
  const form = `number, ${min} to ${max}`;
  return {
    name,
    about,
    form,
    fallback,
    isSecret: false,
    parse: (given) => parseNumber(given, { min, max, isWhole: false }),
  };
}

export function choice<const C extends string>(
  name: string,
  { about, fallback, of }: Described<C> & { readonly of: readonly C[] },
): Variable<C> {
  const parse = (given: unknown): C => {
    const found = of.find((one) => one === given);
    if (found === undefined) throw new TypeError(`one of ${of.join(', ')} is wanted`);
    return found;
  };
  return { name, about, form: of.join(', '), fallback, isSecret: false, parse };
}

export function text<T extends string | null>(name: string, { about, fallback }: Described<T>): Variable<T | string> {
  return { name, about, form: 'text', fallback, isSecret: false, parse: parseText };
}

export function secret(name: string, { about }: { readonly about: string }): Variable<string | null> {
  return { name, about, form: 'text', fallback: null, isSecret: true, parse: parseText };
}

/** A URL with a scheme among `schemes`; the path is part of it only where `hasPath`. */
export function url(
  name: string,
  {
    about,
    schemes,
    isSecret,
  }: { readonly about: string; readonly schemes: readonly string[]; readonly isSecret: boolean },
): Variable<string | null> {
  const form = `URL (${schemes.join(', ')})`;
  const parse = (given: unknown): string => {
    const value = parseText(given);
    if (!URL.canParse(value) || !schemes.includes(new URL(value).protocol.replace(':', ''))) {
      throw new TypeError(`a URL beginning with ${schemes.map((scheme) => `${scheme}://`).join(' or ')} is wanted`);
    }
    return value;
  };
  return { name, about, form, fallback: null, isSecret, parse };
}

/** A name or an address, with its port. A URL takes more, such as `;`, which would end a rule of a content policy. */
const HOST = /^[a-z0-9._:[\]-]+$/;

/** Where people reach the server: scheme, name and port. */
export function origin(name: string, { about }: { readonly about: string }): Variable<string | null> {
  return { name, about, form: 'URL without a path', fallback: null, isSecret: false, parse: parseOrigin };
}

export function origins(name: string, { about }: { readonly about: string }): Variable<readonly string[]> {
  const parse = (given: unknown) => parseList(given).map(parseAnyOrigin);
  return { name, about, form: 'origins, separated by commas', fallback: [], isSecret: false, parse };
}

export function networks(name: string, { about }: { readonly about: string }): Variable<readonly string[]> {
  const parse = (given: unknown) => parseList(given).map(parseNetwork);
  const form = 'addresses or networks (`10.0.0.0/8`), separated by commas';
  return { name, about, form, fallback: [], isSecret: false, parse };
}

function parseNumber(
  given: unknown,
  { min, max, isWhole }: { readonly min: number; readonly max: number; readonly isWhole: boolean },
): number {
  const isText = typeof given === 'string' && given.trim() !== '';
  const value = isText ? Number(given) : given;
  if (typeof value !== 'number' || !(value >= min && value <= max) || (isWhole && !Number.isInteger(value))) {
    throw new TypeError(`${isWhole ? 'an integer' : 'a number'} from ${min} to ${max} is wanted`);
  }
  return value;
}

function parseText(given: unknown): string {
  if (typeof given !== 'string' || given.trim() === '') throw new TypeError('a text that is not empty is wanted');
  return given.trim();
}

function parseList(given: unknown): readonly string[] {
  const items = Array.isArray(given) ? given : parseText(given).split(',');
  return items.map(parseText);
}

function parseOrigin(given: unknown): string {
  const value = parseText(given);
  const wanted = 'a URL such as https://chat.example is wanted, without a path';
  if (!URL.canParse(value)) throw new TypeError(wanted);
  const { protocol, host, pathname, search, hash, origin: ownOrigin } = new URL(value);
  const isWeb = (protocol === 'https:' || protocol === 'http:') && HOST.test(host);
  if (!isWeb || pathname !== '/' || search !== '' || hash !== '') throw new TypeError(wanted);
  return ownOrigin;
}

/** Apps have origins with schemes of their own: `capacitor://localhost`. */
function parseAnyOrigin(given: string): string {
  if (/^https?:/i.test(given)) return parseOrigin(given);
  if (!/^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/i.test(given))
    throw new TypeError('origins such as https://app.example are wanted');
  return given.toLowerCase();
}

function parseNetwork(given: string): string {
  const [address = '', prefix, ...rest] = given.split('/');
  const family = isIP(address);
  const bits = prefix === undefined ? 0 : Number(prefix);
  const isPrefix = prefix === undefined || (/^\d+$/.test(prefix) && bits <= (family === 6 ? 128 : 32));
  if (family === 0 || !isPrefix || rest.length > 0) {
    throw new TypeError('addresses such as 10.0.0.1, or networks such as 10.0.0.0/8, are wanted');
  }
  return given;
}
