// The people whom an answer names: profiles by id, for `users` of welcomes and reads.
import {
  ChatError,
  type Entry,
  type EntryBody,
  type Summary,
  type TimelineItem,
  toId,
  type User,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import type { Author } from './principal.js';

/** What the core needs of the directory of people. */
export interface Profiles {
  /** Profiles of those that exist in the workspace, in any order; at most 1,000 ids. */
  users(workspace: WorkspaceId, ids: readonly UserId[]): Promise<readonly User[]>;
  search(workspace: WorkspaceId, query: string, limit: number): Promise<readonly User[]>;
}

export type UsersById = { readonly [id: string]: User };

export async function readUsers(profiles: Profiles, workspace: WorkspaceId, ids: Iterable<string>): Promise<UsersById> {
  const wanted = [...new Set(ids)].map((id) => toId<UserId>(id));
  if (wanted.length === 0) return {};
  const users = await profiles.users(workspace, wanted);
  return Object.fromEntries(users.map((user) => [user.id, user]));
}

/** For what is done in somebody's name without a session of theirs. @throws forbidden where they were deactivated */
export async function requireActive(profiles: Profiles, { workspace, user }: Author): Promise<void> {
  const [profile] = await profiles.users(workspace, [user]);
  if (profile?.deactivated) throw new ChatError('forbidden', 'the account of the author was deactivated');
}

/** Whom entries name: authors, and the people that their bodies list. */
export function* namedInEntries(entries: Iterable<Pick<Entry, 'author' | 'body'>>): Generator<string> {
  for (const { author, body } of entries) {
    if (author !== undefined) yield author;
    if (typeof body.author === 'string') yield body.author;
    if (Array.isArray(body.users)) yield* body.users.filter((user) => typeof user === 'string');
    if (typeof body.user === 'string') yield body.user;
    if (typeof body.invitedBy === 'string') yield body.invitedBy;
    const { forward } = body as Partial<EntryBody<'message.sent'>>;
    if (forward) yield forward.author;
  }
}

/** Whom messages name as a person sees them: beside those of their entries, who pinned them, and who closed their polls. */
export function* namedInItems(items: Iterable<TimelineItem>): Generator<string> {
  for (const item of items) {
    yield* namedInEntries([item]);
    if (item.pinned?.by !== undefined) yield item.pinned.by;
    if (item.poll?.closed?.by !== undefined) yield item.poll.closed.by;
  }
}

/** Whom summaries name: the other person of a direct conversation, and those in the last entry. */
export function* namedInSummaries(summaries: Iterable<Pick<Summary, 'peer' | 'last'>>): Generator<string> {
  for (const { peer, last } of summaries) {
    if (peer) yield peer.user;
    if (last) yield* namedInEntries([last]);
  }
}
