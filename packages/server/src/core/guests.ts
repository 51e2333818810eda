// Guests: whom they find, and what they don't. They see the people of the conversations that they are in, and nobody else; I9
// and I10 of docs/protocol/v1.md. What a role of the workspace may do at all is the gate's to say.
import { ChatError, type Params, type User, type UserId } from '@kith/protocol';
import { mayInWorkspace } from './access.js';
import { searchKey, searchTerms } from './accounts/names.js';
import type { ConversationLog, ConversationRecord } from './log.js';
import type { Profiles } from './people.js';
import type { Principal } from './principal.js';

/** Most people among whom a guest searches: those of the conversations that they have been in for longest. */
const MOST_SEARCHED = 1_000;

type Ports = { readonly log: ConversationLog; readonly profiles: Profiles };

export type Circle = {
  /** Whether the person is in one of the guest's conversations now. */
  readonly isPresent: (user: string) => boolean;
  /** Whether they are, or were. */
  readonly isKnown: (user: string) => boolean;
  /** Those who are, each once, at most 1,000. */
  readonly present: () => readonly UserId[];
};

/** Null for those who may find everyone. */
export async function circleOf({ log, profiles }: Ports, principal: Principal): Promise<Circle | null> {
  const [user] = await profiles.users(principal.workspace, [principal.user]);
  if (user !== undefined && mayInWorkspace(user, 'workspace.find')) return null;
  const records = [...(await log.records(await log.membershipsOf(principal.user))).values()];
  const own = principal.user;
  return {
    isPresent: (id) => id === own || records.some(({ state }) => state.members.get(id)?.left === null),
    isKnown: (id) => id === own || records.some(({ state }) => state.members.has(id)),
    present: () => presentIn(records),
  };
}

/** The search of the directory, among the people of a guest. */
export async function searchCircle(
  profiles: Profiles,
  { workspace }: Principal,
  { circle, query, limit }: Params<'users.search'> & { readonly circle: Circle; readonly limit: number },
): Promise<readonly User[]> {
  const wanted = searchKey(query);
  if (wanted === '') return [];
  const users = await profiles.users(workspace, circle.present());
  const ranked = users.flatMap((user) => {
    if (user.deactivated) return [];
    const hits = searchTerms(user.username, user.name).filter(({ text }) => text.startsWith(wanted));
    const ranks = hits.map(({ text, isWhole }) => (isWhole ? Number(text !== wanted) : 2));
    return ranks.length === 0 ? [] : [{ user, rank: Math.min(...ranks) }];
  });
  ranked.sort((a, b) => a.rank - b.rank || (a.user.username.toLowerCase() < b.user.username.toLowerCase() ? -1 : 1));
  return ranked.slice(0, limit).map(({ user }) => user);
}

/** @throws not_found where a guest names somebody whom they share no conversation with */
export function requireInCircle(circle: Circle | null, ids: readonly string[]): void {
  const stranger = ids.find((id) => circle?.isPresent(id.toLowerCase()) === false);
  if (stranger !== undefined) throw new ChatError('not_found', `no such person: ${stranger}`);
}

function presentIn(records: readonly ConversationRecord[]): readonly UserId[] {
  const people = new Set<UserId>();
  for (const { state } of records) {
    for (const [id, { left }] of state.members) {
      if (left === null) people.add(id as UserId);
      if (people.size >= MOST_SEARCHED) return [...people];
    }
  }
  return [...people];
}
