// The format of an export, version 1: lines of JSON, described in docs/export.md. This is the one parser of them: whatever a file
// says crosses it, line by line, before anything is made of it.
import {
  type ConversationKind,
  ENTRY_BODIES,
  type EntryKind,
  type OperationParams,
  parseId,
  parseParams,
  type UserId,
} from '@kith/protocol';
import { checkedAt, TransferError } from './transfer-error.js';

export const FORMAT = 'kith-export';
export const VERSION = 1;

export type HeaderLine = {
  readonly type: 'header';
  readonly format: typeof FORMAT;
  readonly version: number;
  readonly at: string;
  readonly workspace: string;
  readonly credentials: boolean;
  /** How long messages are kept; null where nobody said. Not in files of builds before it. */
  readonly retention: OperationParams<'retention.set'> | null;
  /** How the workspace looks; as above. */
  readonly look: OperationParams<'look.set'> | null;
  readonly counts: Counts;
};

export type Counts = {
  readonly users: number;
  readonly conversations: number;
  readonly members: number;
  readonly entries: number;
};

export type UserLine = {
  readonly type: 'user';
  readonly id: string;
  readonly kind: string;
  readonly username: string;
  readonly name: string;
  readonly avatar: string | null;
  readonly role: string;
  readonly version: number;
  readonly createdAt: number;
  readonly deactivatedAt: number | null;
  readonly expiresAt: number | null;
  readonly retiredAt: number | null;
  readonly subject: string | null;
  /** In an export with credentials alone. */
  readonly passwordHash?: string | null;
};

export type ConversationLine = {
  readonly type: 'conversation';
  readonly id: string;
  readonly kind: ConversationKind;
  readonly epoch: number;
  readonly createdAt: number;
  readonly first: number;
  readonly head: number;
  /** Under which names it is found again: `direct:…` of a pair, `self:…` of a person, `create:…` of a repeated call. */
  readonly names: readonly string[];
};

/** Of a person who reads without a place in the log, or did. */
export type ReaderPart = {
  readonly joined: number;
  readonly first: number;
  readonly left: number | null;
  readonly leftSize: number | null;
  readonly leftName: string | null;
};

export type MemberLine = {
  readonly type: 'member';
  readonly user: string;
  readonly ordinal: number;
  readonly delivered: number;
  readonly read: number;
  readonly pacedAt: number | null;
  readonly reader: ReaderPart | null;
  /** [first message, read up to, follows]. */
  readonly threads: readonly (readonly [thread: number, read: number, follows: boolean])[];
};

export type EntryLine = {
  readonly type: 'entry';
  readonly seq: number;
  readonly n: number;
  readonly at: number;
  readonly author: UserId | null;
  readonly key: string | null;
  readonly kind: Exclude<EntryKind, 'hidden'>;
  /** As FLAGS has them. */
  readonly flags: number;
  readonly body: { readonly [field: string]: unknown };
};

export type EndLine = {
  readonly type: 'end';
  readonly counts: Counts;
  /** SHA-256 over the lines of entries alone: the same after an import, which changes ids of nothing. */
  readonly log: string;
  /** SHA-256 over all lines before this one. */
  readonly sha256: string;
};

export type Line = HeaderLine | UserLine | ConversationLine | MemberLine | EntryLine | EndLine;

/** @throws TransferError with the number of the line */
export function parseLine(text: string, number: number): Line {
  const fields = new Fields(parseJson(text, number), number);
  const type = fields.text('type');
  switch (type) {
    case 'header':
      return parseHeader(fields, number);
    case 'user':
      return parseUser(fields);
    case 'conversation':
      return parseConversation(fields);
    case 'member':
      return parseMember(fields);
    case 'entry':
      return parseEntryLine(fields, number);
    case 'end':
      return {
        ...{ type, counts: parseCounts(fields.inner('counts')) },
        ...{ log: fields.text('log'), sha256: fields.text('sha256') },
      };
    default:
      throw new TransferError(`there is no kind of line ${JSON.stringify(type.slice(0, 40))}`, number);
  }
}

function parseHeader(fields: Fields, number: number): HeaderLine {
  const [format, version] = [fields.text('format'), fields.whole('version')];
  if (format !== FORMAT)
    throw new TransferError('this is no export of Kith: its first line says something else', number);
  if (version !== VERSION) {
    throw new TransferError(`the format has the version ${version}, and this build reads ${VERSION}`, number);
  }
  // Policies go by the rules for whoever sets them.
  return {
    type: 'header',
    ...{ format, version, at: fields.text('at'), workspace: fields.text('workspace') },
    credentials: fields.flag('credentials'),
    retention: fields.isNull('retention')
      ? null
      : checkedAt(number, () => parseParams('retention.set', fields.object('retention'))),
    look: fields.isNull('look') ? null : checkedAt(number, () => parseParams('look.set', fields.object('look'))),
    counts: parseCounts(fields.inner('counts')),
  };
}

function parseCounts(fields: Fields): Counts {
  const [users, conversations] = [fields.whole('users'), fields.whole('conversations')];
  return { users, conversations, members: fields.whole('members'), entries: fields.whole('entries') };
}

function parseUser(fields: Fields): UserLine {
  const credential = fields.has('passwordHash') ? { passwordHash: fields.hashOrNull('passwordHash') } : {};
  return {
    type: 'user',
    id: fields.id('id'),
    kind: fields.oneOf('kind', ['person', 'guest', 'bot']),
    username: fields.text('username'),
    name: fields.text('name'),
    avatar: fields.textOrNull('avatar'),
    role: fields.oneOf('role', ['owner', 'admin', 'member', 'guest']),
    version: fields.whole('version'),
    createdAt: fields.whole('createdAt'),
    deactivatedAt: fields.wholeOrNull('deactivatedAt'),
    expiresAt: fields.wholeOrNull('expiresAt'),
    retiredAt: fields.wholeOrNull('retiredAt'),
    subject: fields.textOrNull('subject'),
    ...credential,
  };
}

function parseConversation(fields: Fields): ConversationLine {
  return {
    type: 'conversation',
    id: fields.id('id'),
    kind: fields.oneOf('kind', ['direct', 'group', 'channel', 'self']),
    epoch: fields.whole('epoch'),
    createdAt: fields.whole('createdAt'),
    first: fields.whole('first'),
    head: fields.whole('head'),
    names: fields.list('names').map((name) => fields.asText(name, 'names')),
  };
}

function parseMember(fields: Fields): MemberLine {
  return {
    type: 'member',
    user: fields.id('user'),
    ordinal: fields.number('ordinal'),
    delivered: fields.whole('delivered'),
    read: fields.whole('read'),
    pacedAt: fields.wholeOrNull('pacedAt'),
    reader: fields.isNull('reader') ? null : parseReader(fields.inner('reader')),
    threads: fields.list('threads').map((one) => {
      const [thread, read, follows] = Array.isArray(one) ? (one as readonly unknown[]) : [];
      return [fields.asWhole(thread, 'threads'), fields.asWhole(read, 'threads'), follows === true] as const;
    }),
  };
}

function parseReader(fields: Fields): ReaderPart {
  return {
    joined: fields.whole('joined'),
    first: fields.whole('first'),
    left: fields.wholeOrNull('left'),
    leftSize: fields.wholeOrNull('leftSize'),
    leftName: fields.textOrNull('leftName'),
  };
}

const KINDS: ReadonlySet<string> = new Set(Object.keys(ENTRY_BODIES).filter((kind) => kind !== 'hidden'));

function parseEntryLine(fields: Fields, number: number): EntryLine {
  const kind = fields.text('kind');
  if (!isKind(kind)) throw new TransferError(`this build knows no kind of entry ${JSON.stringify(kind)}`, number);
  return {
    type: 'entry',
    seq: fields.whole('seq'),
    n: fields.whole('n'),
    at: fields.whole('at'),
    author: fields.isNull('author') ? null : fields.id('author'),
    key: fields.isNull('key') ? null : fields.id('key'),
    kind,
    flags: fields.has('flags') ? fields.whole('flags') : 0,
    body: fields.object('body'),
  };
}

function isKind(kind: string): kind is EntryLine['kind'] {
  return KINDS.has(kind);
}

type JsonObject = { readonly [field: string]: unknown };

function parseJson(text: string, number: number): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TransferError('this is no JSON: the file was altered, or is none of an export', number);
  }
  if (isObject(value)) return value;
  throw new TransferError('this is no JSON object', number);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The fields of a line, each of its form. */
class Fields {
  readonly #object: JsonObject;
  readonly #line: number;

  constructor(object: JsonObject, line: number) {
    this.#object = object;
    this.#line = line;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#object, name);
  }

  /** Also where it is not there. */
  isNull(name: string): boolean {
    return (this.#object[name] ?? null) === null;
  }

  text(name: string): string {
    return this.asText(this.#object[name], name);
  }

  textOrNull(name: string): string | null {
    return this.isNull(name) ? null : this.text(name);
  }

  hashOrNull(name: string): string | null {
    const hash = this.textOrNull(name);
    return hash === null || hash.startsWith('$argon2') ? hash : this.#refuse(name, 'a hash by Argon2');
  }

  oneOf<T extends string>(name: string, known: readonly T[]): T {
    const text = this.text(name);
    return known.find((one) => one === text) ?? this.#refuse(name, `one of ${known.join(', ')}`);
  }

  id<T extends UserId>(name: string): T {
    return parseId<T>(this.text(name)) ?? this.#refuse(name, 'a UUID');
  }

  number(name: string): number {
    const value = this.#object[name];
    return Number.isSafeInteger(value) ? Number(value) : this.#refuse(name, 'a whole number');
  }

  whole(name: string): number {
    return this.asWhole(this.#object[name], name);
  }

  wholeOrNull(name: string): number | null {
    return this.isNull(name) ? null : this.whole(name);
  }

  flag(name: string): boolean {
    const value = this.#object[name];
    return typeof value === 'boolean' ? value : this.#refuse(name, 'true or false');
  }

  list(name: string): readonly unknown[] {
    const value = this.#object[name];
    return Array.isArray(value) ? value : this.#refuse(name, 'a list');
  }

  object(name: string): JsonObject {
    const value = this.#object[name];
    return isObject(value) ? value : this.#refuse(name, 'an object');
  }

  inner(name: string): Fields {
    return new Fields(this.object(name), this.#line);
  }

  asText(value: unknown, name: string): string {
    return typeof value === 'string' ? value : this.#refuse(name, 'a text');
  }

  asWhole(value: unknown, name: string): number {
    return Number.isSafeInteger(value) && Number(value) >= 0
      ? Number(value)
      : this.#refuse(name, 'a whole number, 0 or more');
  }

  #refuse(name: string, wanted: string): never {
    throw new TransferError(`${name} is to be ${wanted}`, this.#line);
  }
}
