// Readers of channels: members without entries. Who they are stands beside the log, so a record tells of those alone whom it was
// asked for; this is where it is asked for whoever reads. Rules RD1 to RD8 of docs/protocol/v1.md.
import { type ConversationId, LIMITS, type Params, type Result, toId, type UserId } from '@kith/protocol';
import { requireMember } from './access.js';
import type { ConversationLog, ConversationRecord, Decision, LogPage } from './log.js';
import { methodsOf } from './log-methods.js';
import { type Profiles, readUsers } from './people.js';
import type { Principal } from './principal.js';
import type { ReaderChange, ReaderStanding } from './reading.js';

/** Who comes to read. */
export type Arrival = { readonly user: UserId; readonly nowMs: number };

/** The standing of somebody who reads, or did, and is no member now; null for others. */
export function readerIn({ state, readers }: ConversationRecord, user: string): ReaderStanding | null {
  if (state.members.get(user)?.left === null) return null;
  return readers?.get(user) ?? null;
}

/** Whether somebody reads now, and is no member. */
export function isReading(record: ConversationRecord, user: string): boolean {
  return readerIn(record, user)?.left === null;
}

/** Somebody begins to read. What is so already stays so. */
export function arrive(record: ConversationRecord, { user, nowMs }: Arrival): Decision {
  const { head, settings } = record.state;
  if (isReading(record, user)) return { settledBy: { seq: head, at: nowMs } };
  const first = settings.history === 'closed' ? head + 1 : 1;
  return { drafts: [], reader: { user, first } };
}

/** Somebody reads no more. What is so already stays so. */
export function depart(record: ConversationRecord, { user, nowMs }: Arrival): Decision {
  const left = readerIn(record, user)?.left;
  if (typeof left === 'number') return { settledBy: { seq: left, at: nowMs } };
  return { drafts: [], reader: { user, first: null } };
}

/** The seat of a member who goes on as a reader: they see what they saw. */
export function seatOf(record: ConversationRecord, user: UserId): ReaderChange {
  return { user, first: record.state.members.get(user)?.first ?? 1 };
}

/** The log as one person is judged by it: its records say how they read, where they are no member. */
export function seenBy(log: ConversationLog, { user }: Pick<Principal, 'user'>): ConversationLog {
  const whole = <P extends Pick<LogPage, 'record'>>(pages: readonly P[]) => asReadBy(log, user, pages);
  const one = async <P extends Pick<LogPage, 'record'>>(page: P | null): Promise<P | null> =>
    page === null ? null : ((await whole([page]))[0] ?? null);
  return {
    ...methodsOf(log),
    records: async (ids) => {
      const found = await log.records(ids);
      const pages = await whole([...found.values()].map((record) => ({ record })));
      return new Map(pages.map(({ record }) => [record.id, record]));
    },
    read: async (range) => one(await log.read(range)),
    readEdited: async (range) => one(await log.readEdited(range)),
    readManyEdited: async (query) => whole(await log.readManyEdited(query)),
    reactors: async (range) => one(await log.reactors(range)),
    votes: async (range) => one(await log.votes(range)),
    pins: async (conversation) => one(await log.pins(conversation)),
    readChanges: async (range) => one(await log.readChanges(range)),
    history: async (conversation, seq) => one(await log.history(conversation, seq)),
    readMany: async (ranges) => whole(await log.readMany(ranges)),
  };
}

/** Pages with records that say how the person reads, where they are no member: one query for all. */
export async function asReadBy<P extends Pick<LogPage, 'record'>>(
  log: Pick<ConversationLog, 'readerStandings'>,
  user: UserId,
  pages: readonly P[],
): Promise<readonly P[]> {
  const asked = pages.filter(({ record }) => mayRead(record, user)).map(({ record }) => record.id);
  if (asked.length === 0) return pages;
  const standings = await log.readerStandings(asked, user);
  return pages.map((page) => ({ ...page, record: withStanding(page.record, user, standings) }));
}

/** One conversation with how the person reads it, where they are no member. */
export async function recordSeenBy(
  log: Pick<ConversationLog, 'records' | 'readerStandings'>,
  user: UserId,
  conversation: ConversationId,
): Promise<ConversationRecord | null> {
  const record = (await log.records([conversation])).get(conversation);
  if (record === undefined) return null;
  const [seen] = await asReadBy(log, user, [{ record }]);
  return seen?.record ?? null;
}

function mayRead({ state }: ConversationRecord, user: UserId): boolean {
  return state.kind === 'channel' && state.members.get(user)?.left !== null;
}

function withStanding(
  record: ConversationRecord,
  user: UserId,
  standings: ReadonlyMap<ConversationId, ReaderStanding>,
): ConversationRecord {
  const standing = standings.get(record.id);
  return standing && mayRead(record, user) ? { ...record, readers: new Map([[user, standing]]) } : record;
}

/** Those who read a channel, for those who may know it. @throws not_found, forbidden, bad_request */
export async function listReaders(
  { log, profiles }: { readonly log: ConversationLog; readonly profiles: Profiles },
  principal: Principal,
  params: Params<'members.read'>,
): Promise<Result<'members.read'>> {
  const { limit = LIMITS.readPage } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const record = (await log.records([conversation])).get(conversation) ?? null;
  requireMember(record, principal, 'reader.list');
  const after = params.cursor === undefined ? {} : { after: toId<UserId>(params.cursor) };
  const found = await log.readers({ conversation, limit: limit + 1, ...after });
  const items = found.slice(0, limit).map(({ user, joined }) => ({ user, role: 'reader' as const, joined }));
  const users = await readUsers(
    profiles,
    principal.workspace,
    items.map(({ user }) => user),
  );
  return { items, next: found.length > limit ? (items.at(-1)?.user ?? null) : null, users };
}
