// Hiding messages: what a person doesn't want to see any more, on none of their devices. Each hiding is an entry in their own
// conversation, so that it reaches every device as a setting does; nobody else is told. Whatever is read for them is read
// through here. Rules HD1 to HD6 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type Entry,
  type Key,
  LIMITS,
  type Params,
  toId,
  type Written,
} from '@kith/protocol';
import { requireEpoch, requireReader } from '../access.js';
import { noSuchMessage } from '../amendments.js';
import type { Conversations } from '../conversations.js';
import type { ConversationLog, Decision, LogPage, LogSummary } from '../log.js';
import type { Principal } from '../principal.js';
import { asReadBy } from '../readers.js';
import type { Writer } from '../writer.js';
import type { HiddenLog, HiddenRange } from './hidden-log.js';

export type HidePorts = {
  readonly log: ConversationLog;
  readonly writer: Writer;
  readonly conversations: Pick<Conversations, 'self'>;
};

type Asked = { readonly params: Params<'message.hide'>; readonly key: Key };

/** Hides a message from the person who asks. What they hid already stays so, and nothing is written. */
export async function hideMessage(
  { log, writer, conversations }: HidePorts,
  principal: Principal,
  { params, key }: Asked,
): Promise<Written> {
  const { epoch, target } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const refusal = await refusalOf(log, principal, params);
  const self = await conversations.self(principal);
  const { hiddenBy, count } = await log.hidingOf({ user: principal.user, conversation, epoch, seq: target });
  return writer.write(principal, {
    conversation: self,
    key,
    content: JSON.stringify(['message.hide', conversation, epoch, target]),
    decide(record): Decision {
      requireReader(record, principal);
      // Not for a key that is in the log: that gets its first answer.
      if (refusal !== null) throw refusal;
      if (hiddenBy !== null) return { settledBy: hiddenBy };
      if (count >= LIMITS.hidden) throw new ChatError('conflict', `a person hides at most ${LIMITS.hidden} messages`);
      return [{ kind: 'message.hidden', body: { message: { conversation, epoch, seq: target } } }];
    },
  });
}

/** Why this is nothing that the person could hide, or null. @throws unavailable */
async function refusalOf(
  log: ConversationLog,
  principal: Principal,
  { conversation: id, epoch, target }: Params<'message.hide'>,
): Promise<ChatError | null> {
  const conversation = toId<ConversationId>(id);
  const found = await log.read({ conversation, after: target - 1, upTo: target, limit: 1, from: 'lower' });
  const [page] = await asReadBy(log, principal.user, found === null ? [] : [found]);
  try {
    const { record, first, last } = requireReader(page?.record ?? null, principal);
    requireEpoch(record, epoch);
    const [entry] = page?.entries ?? [];
    const isSeen = entry?.kind === 'message.sent' && entry.seq >= first && entry.seq <= (last ?? entry.seq);
    return isSeen ? null : noSuchMessage();
  } catch (error) {
    if (error instanceof ChatError) return error;
    throw error;
  }
}

/** The entries in which a person hid messages, above `after`, rising. @throws epoch_changed */
export async function readHidden(
  { log, conversations }: Pick<HidePorts, 'log' | 'conversations'>,
  principal: Principal,
  { epoch, after = 0, limit = LIMITS.readPage }: Params<'hidden.read'>,
): Promise<{ epoch: number; head: number; entries: Entry[] }> {
  const page = await log.hidings({ conversation: await conversations.self(principal), after, limit });
  const { record } = requireReader(page?.record ?? null, principal);
  requireEpoch(record, epoch);
  return { epoch: record.state.epoch, head: record.state.head, entries: [...(page?.entries ?? [])] };
}

type Reading = Pick<HiddenLog, 'hidden'>;

type Shown<Page extends LogPage> = {
  readonly pages: readonly Page[];
  readonly summaries: readonly LogSummary[];
};

/**
 * Pages of the log and summaries as a person sees them: what they hid comes as `hidden`, the `last` of a summary likewise. The
 * same where that is nothing. One question, as those who come back together ask it all at once.
 */
export async function bothShownTo<Page extends LogPage>(
  log: Reading,
  { user }: Pick<Principal, 'user'>,
  shown: Shown<Page>,
): Promise<Shown<Page>> {
  const ranges = [
    ...shown.summaries.flatMap(({ id, last }) => (last ? rangesOf(toId(id), [last]) : [])),
    ...shown.pages.flatMap(({ record, entries }) => rangesOf(record.id, entries)),
  ];
  if (ranges.length === 0) return shown;
  const hidden = await log.hidden({ user, ranges });
  if (hidden.length === 0) return shown;
  const names = new Set(hidden.map(({ conversation, epoch, seq }) => `${conversation} ${epoch} ${seq}`));
  return {
    pages: shown.pages.map((page) => ({ ...page, entries: page.entries.map((entry) => withoutHidden(entry, names)) })),
    summaries: shown.summaries.map((summary) => ({
      ...summary,
      last: summary.last && withoutHidden(summary.last, names),
    })),
  };
}

export async function asShownTo<Page extends LogPage>(
  log: Reading,
  person: Pick<Principal, 'user'>,
  pages: readonly Page[],
): Promise<readonly Page[]> {
  return (await bothShownTo(log, person, { pages, summaries: [] })).pages;
}

export async function summariesShownTo(
  log: Reading,
  person: Pick<Principal, 'user'>,
  summaries: readonly LogSummary[],
): Promise<readonly LogSummary[]> {
  return (await bothShownTo(log, person, { pages: [], summaries })).summaries;
}

/** Where the messages stand that these entries are, and those that they edit. */
function rangesOf(conversation: ConversationId, entries: readonly Entry[]): readonly HiddenRange[] {
  const messages = entries.filter(({ kind }) => kind === 'message.sent');
  const [from, to] = [messages[0]?.seq ?? 0, messages.at(-1)?.seq ?? -1];
  const targets = entries.flatMap(({ kind, body: { target } }) => {
    const isBeside = kind === 'message.edited' && typeof target === 'number' && (target < from || target > to);
    return isBeside ? target : [];
  });
  const beside = [...new Set(targets)].map((target) => ({ conversation, from: target, to: target }));
  return messages.length > 0 ? [{ conversation, from, to }, ...beside] : beside;
}

/** What is left of a message is what counts are made of, and of its edits that there are some. */
function withoutHidden(given: Entry, names: ReadonlySet<string>): Entry {
  const { conversation, epoch, seq, n, at, author, kind, body, erased } = given;
  const isHidden = (of: unknown) => names.has(`${conversation} ${epoch} ${String(of)}`);
  const place = { conversation, epoch, seq, n, at };
  if (kind === 'message.edited' && isHidden(body.target)) return { ...place, kind: 'hidden', body: {} };
  if (kind !== 'message.sent' || !isHidden(seq)) return given;
  const { mentions, thread, count } = body;
  return {
    ...place,
    ...(author === undefined ? {} : { author }),
    kind: 'hidden',
    body: {
      ...(mentions === undefined ? {} : { mentions }),
      ...(thread === undefined ? {} : { thread }),
      ...(count === undefined ? {} : { count }),
    },
    ...(erased ? { erased } : {}),
  };
}
