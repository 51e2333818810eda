// Branded ids and their one parser. On the wire ids are opaque strings; inside they are UUIDs, new ones of version 7.
// UUIDs are compared as values: upper case is taken in and lower case is sent out.

declare const brand: unique symbol;
type Brand<Name extends string> = string & { readonly [brand]: Name };

export type WorkspaceId = Brand<'workspace'>;
export type UserId = Brand<'user'>;
export type SessionId = Brand<'session'>;
export type ConversationId = Brand<'conversation'>;
/** Names a key that signs people of a product in: the `kid` of their assertions. */
export type WorkspaceKeyId = Brand<'workspaceKey'>;
/** Names a webhook, incoming or outgoing. */
export type HookId = Brand<'hook'>;
export type InviteId = Brand<'invite'>;
/** Names what somebody asked of a bot by a slash command. */
export type InvocationId = Brand<'invocation'>;
/** Made by the client: one write of one author in one conversation. */
export type Key = Brand<'key'>;
/** Opaque position of a client in the change feed of a store. */
export type Cursor = Brand<'cursor'>;

type Id = WorkspaceId | UserId | SessionId | ConversationId | WorkspaceKeyId | HookId | InviteId | InvocationId | Key;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export const UUID_PATTERN = '^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$';

/** The id in its canonical form, or null where the text is no UUID. */
export function parseId<T extends Id>(text: string): T | null {
  return UUID.test(text) ? (text.toLowerCase() as T) : null;
}

/** Takes text that is known to be an id: from our own database, or after a schema's check. */
export function toId<T extends Id>(text: string): T {
  return text.toLowerCase() as T;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * A UUID of version 7: 48 bits of time, then random bits.
 * @param nowMs milliseconds since the Unix epoch
 * @param random at least ten random bytes
 */
export function makeId<T extends Id>(nowMs: number, random: Uint8Array): T {
  const bytes = new Uint8Array(16);
  let time = nowMs;
  for (let index = 5; index >= 0; index -= 1) {
    bytes[index] = time % 256;
    time = Math.floor(time / 256);
  }
  bytes.set(random.subarray(0, 10), 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  let text = '';
  for (let index = 0; index < 16; index += 1) {
    if (index === 4 || index === 6 || index === 8 || index === 10) text += '-';
    text += HEX[bytes[index] ?? 0];
  }
  return text as T;
}
