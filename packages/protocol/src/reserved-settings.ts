// Settings whose names the contract reserves: what a person shows of themselves, whom they block, their contacts and their
// folders. Each has one form, and what is beside it is not kept. Rules V1, V7, V11 and V13 of docs/protocol/v1.md.
import { ChatError } from './codes.js';
import { isEmoji } from './emoji.js';
import { LIMITS } from './limits.js';
import { makeShapeReader, type ShapeReader } from './shape.js';
import { Type } from './typebox.js';
import { schemaTypes } from './written-out.js';

/** What a person may keep to themselves: whoever doesn't give it doesn't get it. */
export const PRIVACY = ['presence', 'lastSeen', 'receipts', 'typing'] as const;
export type PrivacySwitch = (typeof PRIVACY)[number];

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const FOLDER = /^[A-Za-z0-9_-]{1,64}$/;

const Id = Type.String({ pattern: UUID.source });
const Name = Type.String({ minLength: 1, maxLength: LIMITS.name, 'x-limit': 'name' });
const Listed = Type.Optional(Type.Array(Id, { maxItems: LIMITS.folderItems, 'x-limit': 'folderItems' }));

/** What a person keeps of another. */
const Contact = Type.Object({
  /** The person's own name for them. */
  name: Type.Optional(Name),
  note: Type.Optional(Type.String({ maxLength: LIMITS.note, 'x-limit': 'note' })),
  favourite: Type.Optional(Type.Boolean()),
});

/** A place of the person's own for conversations and people, with a mark by which it is seen. */
const Folder = Type.Object({
  name: Name,
  /** A colour by its name, which each client paints as it sees fit. */
  colour: Type.Optional(Type.String({ pattern: '^[a-z]{1,32}$' })),
  emoji: Type.Optional(Type.String({ maxLength: LIMITS.emoji, 'x-limit': 'emoji' })),
  /** Folders are shown by rising positions. */
  position: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  conversations: Listed,
  users: Listed,
});

const types = /* @__PURE__ */ schemaTypes({ Contact, Folder });
export type Contact = (typeof types)['Contact'];
export type Folder = (typeof types)['Folder'];

/** A kind of reserved name: what stands after the colon, the form of a value, and how many a person may have. */
type Reserved = {
  readonly isName: (rest: string) => boolean;
  readonly read: ShapeReader;
  /** Absent: as many as there are names. */
  readonly most?: 'blocks' | 'contacts' | 'folders';
};

const isUser = (rest: string) => UUID.test(rest);
const readSwitch = /* @__PURE__ */ makeShapeReader(Type.Boolean(), 'value');

const RESERVED: { readonly [prefix: string]: Reserved } = {
  privacy: { isName: (rest) => PRIVACY.includes(rest as PrivacySwitch), read: readSwitch },
  block: { isName: isUser, read: readSwitch, most: 'blocks' },
  contact: { isName: isUser, read: /* @__PURE__ */ makeShapeReader(Contact, 'value'), most: 'contacts' },
  folder: { isName: (rest) => FOLDER.test(rest), read: readFolder, most: 'folders' },
};

/** A setting as it is kept. */
export type KeptSetting = {
  readonly name: string;
  readonly value: unknown;
  /** What bounds the number of settings of this kind that are there: `prefix` names them. Null where nothing does. */
  readonly bound: { readonly prefix: string; readonly limit: 'blocks' | 'contacts' | 'folders' } | null;
};

/** @throws bad_request, too_large where the name is reserved and this is not of its form; null takes such a setting back */
export function parseSetting(name: string, value: unknown): KeptSetting {
  const [kind = ''] = name.split(':', 1);
  const reserved = Object.hasOwn(RESERVED, kind) && name.includes(':') ? RESERVED[kind] : undefined;
  if (!reserved) return { name, value: value ?? null, bound: null };
  const prefix = `${kind}:`;
  if (!reserved.isName(name.slice(prefix.length))) {
    throw new ChatError('bad_request', `name: no setting of the reserved kind ${prefix}`);
  }
  const kept = value === null || value === undefined ? null : reserved.read(value);
  return { name, value: kept, bound: reserved.most === undefined ? null : { prefix, limit: reserved.most } };
}

/** Whether a setting is there: one that was taken back is not, nor is a block that is off. */
export function isKept(value: unknown): boolean {
  return value !== null && value !== undefined && value !== false;
}

const readFolderFields = /* @__PURE__ */ makeShapeReader(Folder, 'value');

function readFolder(value: unknown): unknown {
  const folder = readFolderFields(value) as Folder;
  if (folder.emoji !== undefined && !isEmoji(folder.emoji)) throw new ChatError('bad_request', 'emoji: one emoji');
  return folder;
}
