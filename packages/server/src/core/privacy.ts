// Who sees whom: what two people show each other, by the switches of both and by whether one of them blocks the other. Pure.
// Whoever doesn't give doesn't get, so it is the same from either side. Rules V1 to V9 of docs/protocol/v1.md.
import { type Marks, PRIVACY, type PrivacySwitch, type Summary, toId, type UserId } from '@kith/protocol';
import type { Choices } from './grounds.js';

/** What a person chose. */
export type Privacy = {
  /** What they keep to themselves. */
  readonly hidden: ReadonlySet<PrivacySwitch>;
  readonly blocked: ReadonlySet<UserId>;
};

/** Of whoever chose nothing. */
export const OPEN: Privacy = { hidden: new Set(), blocked: new Set() };

export type Privacies = ReadonlyMap<UserId, Privacy>;

/** What of each other two people are shown. */
export type Sight = {
  readonly presence: boolean;
  readonly lastSeen: boolean;
  readonly typing: boolean;
  readonly delivered: boolean;
  readonly read: boolean;
};

const ALL: Sight = { presence: true, lastSeen: true, typing: true, delivered: true, read: true };
const NOTHING: Sight = { presence: false, lastSeen: false, typing: false, delivered: false, read: false };

export function privacyOf(values: Choices['values']): Privacy {
  const hidden = PRIVACY.filter((name) => values.some((one) => one.name === `privacy:${name}` && one.value === false));
  const blocked = values.flatMap(({ name, value }) =>
    name.startsWith('block:') && value === true ? toId<UserId>(name.slice('block:'.length)) : [],
  );
  return hidden.length === 0 && blocked.length === 0 ? OPEN : { hidden: new Set(hidden), blocked: new Set(blocked) };
}

export function isSamePrivacy(one: Privacy, other: Privacy): boolean {
  return isSameSet(one.hidden, other.hidden) && isSameSet(one.blocked, other.blocked);
}

/** @param of both of them are in it; one who isn't chose nothing */
export function sightOf(of: Privacies, viewer: UserId, user: UserId): Sight {
  if (viewer === user) return ALL;
  const [one, other] = [of.get(viewer) ?? OPEN, of.get(user) ?? OPEN];
  if (one === OPEN && other === OPEN) return ALL;
  if (one.blocked.has(user) || other.blocked.has(viewer)) return NOTHING;
  const shows = (what: PrivacySwitch) => !one.hidden.has(what) && !other.hidden.has(what);
  const presence = shows('presence');
  return {
    presence,
    lastSeen: presence && shows('lastSeen'),
    typing: shows('typing'),
    delivered: true,
    read: shows('receipts'),
  };
}

/** One of the two blocks the other. */
export function areApart(of: Privacies, one: UserId, other: UserId): boolean {
  return !sightOf(of, one, other).delivered;
}

/** Marks of another as a person sees them: 0 says nothing. */
export function marksSeen<M extends Marks>(sight: Sight, marks: M): M {
  if (sight.read) return marks;
  return { ...marks, delivered: sight.delivered ? marks.delivered : 0, read: 0 };
}

/** A summary as its person sees it. */
function summarySeen<S extends Pick<Summary, 'peer'>>(of: Privacies, viewer: UserId, summary: S): S {
  if (!summary.peer) return summary;
  const peer = marksSeen(sightOf(of, viewer, toId<UserId>(summary.peer.user)), summary.peer);
  return peer === summary.peer ? summary : { ...summary, peer };
}

/** Summaries as their person sees them. */
export async function summariesSeen<S extends Pick<Summary, 'peer'>>(
  choices: { load(users: readonly UserId[]): Promise<Privacies> },
  viewer: UserId,
  summaries: readonly S[],
): Promise<readonly S[]> {
  const peers = summaries.flatMap(({ peer }) => (peer ? toId<UserId>(peer.user) : []));
  if (peers.length === 0) return summaries;
  const privacies = await choices.load([viewer, ...peers]);
  return summaries.map((summary) => summarySeen(privacies, viewer, summary));
}

function isSameSet<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  return one.size === other.size && [...one].every((value) => other.has(value));
}
