// Polls: a message that asks, with options to choose from. Each vote is an entry that says what stands after it; of an anonymous
// poll no entry, answer or reading says whose it is. Rules PO1 to PO12 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type EntryBody,
  type Key,
  LIMITS,
  type Params,
  toId,
  type Voter,
  type Written,
} from '@kith/protocol';
import { requireEpoch, requireMayDelete, requireMember } from './access.js';
import { noSuchMessage, requireCurrent, requireMessage, requireStanding, wish } from './amendments.js';
import type { Conversations } from './conversations.js';
import { lifetimeIn } from './disappearing/lifetime.js';
import type { ConversationLog, Decision, Draft, Target } from './log.js';
import type { Principal } from './principal.js';
import { setSetting } from './settings.js';
import { reportFailure, type Telemetry } from './telemetry.js';
import type { Writer } from './writer.js';

type Poll = NonNullable<EntryBody<'message.sent'>['poll']>;

const FURTHEST_MS = 366 * 86_400_000;
/** A person's devices know by it that they voted in an anonymous poll: no entry of that says so. */
const SETTING = 'kith:voted';

/**
 * The poll as it was asked for, in one order, so that the same poll is the same text.
 * @throws bad_request
 */
export function pollIn({ poll }: Params<'message.send'>): { readonly poll?: Poll } {
  if (poll === undefined) return {};
  const options = poll.options.map(({ text }) => ({ text }));
  const { most = 1, anonymous, closesAt } = poll;
  if (new Set(options.map(({ text }) => text)).size < options.length) {
    throw new ChatError('bad_request', 'poll.options: no two with the same text');
  }
  if (most > options.length) throw new ChatError('bad_request', 'poll.most: at most the number of options');
  return {
    poll: {
      options,
      most,
      ...(anonymous ? { anonymous: true as const } : {}),
      ...(closesAt === undefined ? {} : { closesAt }),
    },
  };
}

/** @throws bad_request where its time is over, or too far ahead */
export function requireTimely(poll: Poll | undefined, nowMs: number): void {
  if (poll?.closesAt === undefined || (poll.closesAt > nowMs && poll.closesAt <= nowMs + FURTHEST_MS)) return;
  throw new ChatError('bad_request', 'poll.closesAt: a time to come, at most 366 days ahead');
}

/** What a message that forwards a poll has of it: the same question, anew. */
export function asked(poll: Poll): Poll {
  const { closesAt: _closesAt, ...rest } = poll;
  return rest;
}

export type VotePorts = {
  readonly writer: Writer;
  readonly conversations: Pick<Conversations, 'self' | 'makeKey'>;
  readonly telemetry: Telemetry;
};

type Voting = { readonly params: Params<'poll.vote'>; readonly key: Key };

/** Says what a person chooses of a poll from now on: nothing is no vote. What is so already stays so, and nothing is written. */
export async function vote(ports: VotePorts, principal: Principal, { params, key }: Voting): Promise<Written> {
  const { target: seq } = params;
  const choices = [...new Set(params.choices)].sort((one, other) => one - other);
  let isAnonymous = false;
  const written = await ports.writer.write(principal, {
    ...wish(params, key, ['poll.vote', params.epoch, seq, choices]),
    ...(choices.length > 0 ? { reaches: 'members' as const } : {}),
    decide(record, found): Decision {
      const membership = requireMember(record, principal, 'poll.vote');
      requireCurrent(membership.record, params);
      const message = requireMessage(membership, found);
      requireStanding(message, message.nowMs);
      const poll = requirePoll(message);
      requireChoices(poll, choices);
      if (isClosed(message, poll)) throw new ChatError('conflict', 'this poll is closed');
      isAnonymous = poll.anonymous === true;
      const before = message.vote?.choices ?? [];
      if (String(before) === String(choices)) return { settledBy: message.vote ?? message.voted ?? message.entry };
      return [draftOf(message, poll, choices)];
    },
  });
  if (isAnonymous && !written.duplicate) tellOwn(ports, principal, params);
  return written;
}

/** Ends a poll before its time: for whoever asked, and those who may delete what others wrote. */
export function closePoll(
  writer: Writer,
  principal: Principal,
  { params, key }: { readonly params: Params<'poll.close'>; readonly key: Key },
): Promise<Written> {
  const { target: seq } = params;
  return writer.write(principal, {
    ...wish(params, key, ['poll.close', params.epoch, seq]),
    decide(record, found): Decision {
      const membership = requireMember(record, principal, 'poll.close');
      requireCurrent(membership.record, params);
      const message = requireMessage(membership, found);
      requireMayDelete(membership, message.entry.author);
      requireStanding(message, message.nowMs);
      const poll = requirePoll(message);
      const { entry, closed, voted } = message;
      if (isClosed(message, poll)) return { settledBy: closed ?? voted ?? entry };
      return [{ kind: 'poll.closed', body: { target: seq, ...tallyOf(message, poll), ...lifetimeIn(entry) } }];
    },
  });
}

export type VotersPage = { readonly items: readonly Voter[]; readonly next: string | null };

/**
 * Who has chosen what in an open poll, those whose vote stands for longest first. For members: to one who has left it is not
 * known what stood there then.
 * @throws not_found, forbidden, conflict, epoch_changed
 */
export async function readVotes(
  log: ConversationLog,
  principal: Principal,
  { params, after }: { readonly params: Params<'votes.read'>; readonly after: number },
): Promise<VotersPage> {
  const { target, option, limit = LIMITS.readPage } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const found = await log.read({ conversation, after: target - 1, upTo: target, limit: 1, from: 'lower' });
  const { record, first } = requireMember(found?.record ?? null, principal, 'vote.read');
  requireEpoch(record, params.epoch);
  const [entry] = found?.entries ?? [];
  if (target < first || entry?.kind !== 'message.sent') throw noSuchMessage();
  if (entry.erased) throw new ChatError('conflict', 'this message was deleted');
  if (requirePoll({ entry }).anonymous) {
    throw new ChatError('forbidden', 'who has chosen what in an anonymous poll is told to nobody');
  }
  const chosen = option === undefined ? {} : { option };
  const page = await log.votes({ conversation, target, ...chosen, after, limit: limit + 1 });
  requireMember(page?.record ?? null, principal, 'vote.read');
  const voters = page?.voters ?? [];
  const items = voters.slice(0, limit);
  return { items, next: voters.length > limit ? String(items.at(-1)?.seq) : null };
}

/** @throws not_found */
function requirePoll({ entry }: Pick<Target, 'entry'>): Poll {
  const { poll } = entry.body as EntryBody<'message.sent'>;
  if (poll === undefined) throw new ChatError('not_found', 'this message is no poll');
  return poll;
}

/** @throws bad_request */
function requireChoices({ options, most }: Poll, choices: readonly number[]): void {
  if (choices.some((choice) => choice >= options.length)) {
    throw new ChatError('bad_request', `choices: this poll has ${options.length} options, counted from 0`);
  }
  if (choices.length > most) throw new ChatError('bad_request', `choices: at most ${most} in this poll`);
}

/** By an entry, or by the time that an entry would bear now. */
function isClosed({ closed, nowMs }: Target, { closesAt }: Poll): boolean {
  return closed !== null || (closesAt !== undefined && nowMs >= closesAt);
}

function tallyOf(
  { voted }: Target,
  { options }: Poll,
): { readonly counts: readonly number[]; readonly voters: number } {
  const { counts = options.map(() => 0), voters = 0 } = voted ?? {};
  return { counts, voters };
}

/** What stands after the vote. */
function draftOf(message: Target, poll: Poll, choices: readonly number[]): Draft {
  const before = message.vote?.choices ?? [];
  const { counts, voters } = tallyOf(message, poll);
  const after = {
    counts: counts.map((count, option) => count + Number(choices.includes(option)) - Number(before.includes(option))),
    voters: voters + Number(choices.length > 0) - Number(before.length > 0),
  };
  const body = { target: message.entry.seq, ...after, ...lifetimeIn(message.entry) };
  if (poll.anonymous) return { kind: 'poll.voted', body, choices, isUnnamed: true };
  return { kind: 'poll.voted', body: { ...body, choices }, choices };
}

/** A hint: a device that misses it knows by the next page that it reads. */
function tellOwn(
  { writer, conversations, telemetry }: VotePorts,
  principal: Principal,
  place: Params<'poll.vote'>,
): void {
  const { epoch, target: seq } = place;
  const value = { conversation: place.conversation.toLowerCase(), epoch, seq };
  const tell = async () => {
    const self = await conversations.self(principal);
    await setSetting(writer, principal, { self, key: conversations.makeKey(), params: { name: SETTING, value } });
  };
  tell().catch((error: unknown) => reportFailure(telemetry, 'own devices were not told of a vote', error));
}
