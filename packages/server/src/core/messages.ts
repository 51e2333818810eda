// Messages: sending one, and reading them as a person sees them.
import {
  amend,
  ChatError,
  type ConversationId,
  type Entry,
  type EntryBody,
  isShown,
  type Key,
  LIMITS,
  type Params,
  type ThreadStanding,
  type TimelineItem,
  toId,
  type Written,
} from '@kith/protocol';
import { type Membership, requireBasis, requireEpoch, requireMember, requireReader } from './access.js';
import { requireMessage, requireStanding } from './amendments.js';
import { isPaced, requireOpen, requirePace } from './conversation-settings.js';
import { lifetimeOf } from './disappearing/lifetime.js';
import { standingOf } from './followers.js';
import type { Forwarded } from './forwarding.js';
import { asSeenFrom } from './hidden.js';
import { asShownTo } from './hides/hides.js';
import type { ConversationLog, Draft, EditedPage, EditedRange, LogPage, ReadRange, Target } from './log.js';
import { pollIn, requireTimely } from './polls.js';
import type { Author, Principal } from './principal.js';
import type { Writer } from './writer.js';

export type Sending = {
  readonly params: Params<'message.send'>;
  readonly nowMs: number;
  /** What it repeats, where it repeats something, or why that can't be. */
  readonly source: Forwarded | ChatError | null;
};

/** Sends a message. The same key again gives the first answer. */
export function sendMessage(writer: Writer, principal: Author, { params, nowMs, source }: Sending): Promise<Written> {
  const body = messageBody(params);
  return writer.write(principal, {
    conversation: toId(params.conversation),
    key: toId<Key>(params.key),
    content: contentOf(body, params.disappearAfterMs),
    ...(params.after === undefined ? {} : { after: toId<Key>(params.after) }),
    ...(body.thread === undefined ? {} : { target: body.thread }),
    reaches: 'members',
    isPaced: (record) => isPaced(record, principal.user),
    decide(record, found, lastAt): [Draft] {
      const membership = requireMember(record, principal, 'message.send');
      requireEpoch(membership.record, params.epoch);
      requireBasis(membership.record, params.basis);
      requireOpen(membership);
      if (body.mentions?.all) requireMember(record, principal, 'mention.all');
      if (body.urgent) requireMember(record, principal, 'message.urgent');
      const { first, record: seen } = membership;
      if (body.replyTo !== undefined && (body.replyTo < first || body.replyTo > seen.state.head)) {
        throw new ChatError('bad_request', 'replyTo: no such entry in this conversation');
      }
      if (source instanceof ChatError) throw source;
      requireTimely(body.poll, nowMs);
      requirePace(membership, lastAt, nowMs);
      const answers =
        body.thread === undefined ? {} : { count: requireAnswerable(membership, found, nowMs).answers + 1 };
      const lifetime = lifetimeOf(seen.state, params.disappearAfterMs, nowMs);
      return [{ kind: 'message.sent', body: { ...body, ...source, ...answers, ...lifetime } }];
    },
  });
}

type MessageBody = {
  readonly text: string;
  readonly replyTo?: number;
  readonly mentions?: { readonly users?: readonly string[]; readonly all?: true };
  readonly thread?: number;
  readonly forward?: Params<'message.send'>['forward'];
  readonly urgent?: true;
  readonly poll?: EntryBody<'message.sent'>['poll'];
};

/** What was asked for: of one without a time of its own it is the body alone. */
function contentOf(body: MessageBody, disappearAfterMs: number | undefined): string {
  return JSON.stringify(disappearAfterMs === undefined ? body : { ...body, disappearAfterMs });
}

/** The body as it was asked for: known fields only, in one order, so that the same message is the same text. */
function messageBody(params: Params<'message.send'>): MessageBody {
  const users = [...new Set(params.mentions?.users?.map((user) => user.toLowerCase()))];
  const mentions = {
    ...(users.length > 0 ? { users } : {}),
    ...(params.mentions?.all ? { all: true as const } : {}),
  };
  return {
    text: params.text,
    ...(params.replyTo === undefined ? {} : { replyTo: params.replyTo }),
    ...(Object.keys(mentions).length > 0 ? { mentions } : {}),
    ...(typeof params.thread === 'number' ? { thread: params.thread } : {}),
    ...(params.forward === undefined ? {} : { forward: params.forward }),
    ...(params.urgent ? { urgent: true as const } : {}),
    ...(params.forward === undefined ? pollIn(params) : {}),
  };
}

/** What a thread may begin with, or has begun with. @throws not_found, bad_request, conflict */
function requireAnswerable(membership: Membership, found: Target | null, nowMs: number): Target {
  const message = requireMessage(membership, found);
  if (message.entry.body.thread !== undefined) {
    throw new ChatError('bad_request', 'thread: this message stands in a thread itself: answer the first of that');
  }
  requireStanding(message, nowMs);
  return message;
}

export type MessagePage = {
  readonly epoch: number;
  readonly asOf: number;
  readonly from: number;
  readonly to: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly items: TimelineItem[];
  /** Of the person to the thread that was asked for. */
  readonly standing?: ThreadStanding;
};

/**
 * Messages of a conversation, whole for [from, to]; by default the newest.
 * @throws not_found, epoch_changed
 */
export async function readMessages(
  log: ConversationLog,
  principal: Principal,
  params: Params<'messages.read'>,
): Promise<MessagePage> {
  const limit = params.limit ?? 50;
  const { before, after, at } = params;
  const conversation = toId<ConversationId>(params.conversation);
  if (typeof params.thread === 'number') return readThread(log, principal, { ...params, thread: params.thread, limit });
  const around = at === undefined ? params.around : await log.seqAt(conversation, at);
  if (after !== undefined) {
    const range = { epoch: params.epoch, conversation, after, limit, from: 'lower' } as const;
    return asPage(await readEdited(log, principal, range));
  }
  const end = before !== undefined ? before - 1 : around !== undefined ? around + Math.floor(limit / 2) : undefined;
  const bound = end === undefined ? {} : { upTo: end };
  const range = { epoch: params.epoch, conversation, after: 0, limit, from: 'upper', ...bound } as const;
  return asPage(await readEdited(log, principal, range));
}

type ThreadParams = Params<'messages.read'> & { readonly thread: number; readonly limit: number };

/** How often a thread is read where its conversation goes on meanwhile. */
const THREAD_ROUNDS = 4;

/** A message and those that answer it: by default the newest. What the person's standing counts is as of the page. */
async function readThread(log: ConversationLog, principal: Principal, params: ThreadParams): Promise<MessagePage> {
  const conversation = toId<ConversationId>(params.conversation);
  for (let round = 1; ; round += 1) {
    const page = await readThreadOnce(log, principal, params);
    if (page.standing === undefined || round === THREAD_ROUNDS) return page;
    const later = await log.read({ conversation, after: page.asOf, limit: 1, from: 'lower' });
    if (later?.entries.length === 0) return page;
  }
}

async function readThreadOnce(
  log: ConversationLog,
  principal: Principal,
  { before, after, limit, ...params }: ThreadParams,
): Promise<MessagePage> {
  const { thread, epoch } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const upTo = before === undefined ? {} : { upTo: before - 1 };
  // One more tells whether there are more.
  const range = { epoch, conversation, thread, after: after ?? 0, limit: limit + 1, ...upTo };
  const isRising = after !== undefined;
  const page = await readEdited(log, principal, { ...range, from: isRising ? 'lower' : 'upper' });
  const hasMore = page.entries.length > limit;
  const entries = isRising ? page.entries.slice(0, limit) : page.entries.slice(-limit);
  const items = itemsOf({ ...page, entries }, page.head).filter(({ kind }) => kind === 'message.sent');
  const { last } = requireReader(page.record, principal);
  const mark = last === null ? await log.thread({ conversation, user: principal.user, thread }) : null;
  return {
    epoch: page.record.state.epoch,
    asOf: page.head,
    from: items[0]?.seq ?? page.head + 1,
    to: items.at(-1)?.seq ?? page.head,
    hasBefore: isRising ? after >= thread : hasMore,
    hasAfter: isRising ? hasMore : before !== undefined,
    items,
    ...(mark ? { standing: standingOf(mark) } : {}),
  };
}

/** What of a page a person may read, and where that ends. */
export type Readable<Page extends LogPage> = Page & { readonly first: number; readonly head: number };

type Anchored = { readonly epoch: number | undefined };

/** A page of the log as it is. */
export function readPage(
  log: ConversationLog,
  principal: Principal,
  { epoch, ...range }: ReadRange & Anchored,
): Promise<Readable<LogPage>> {
  return readable({ log, principal, epoch }, (bounds) => log.read(withinBounds(range, bounds)));
}

function readEdited(
  log: ConversationLog,
  principal: Principal,
  { epoch, ...range }: Omit<EditedRange, 'reader'> & Anchored,
): Promise<Readable<EditedPage>> {
  const { user: reader } = principal;
  const upTo = ({ last }: Bounds) => (last === null ? {} : { upToChange: last });
  return readable({ log, principal, epoch }, (bounds) =>
    log.readEdited({ ...withinBounds(range, bounds), ...upTo(bounds), reader }),
  );
}

/** The entries of a page that change earlier ones. */
export function readChanges(
  log: ConversationLog,
  principal: Principal,
  { epoch, after, ...range }: Parameters<ConversationLog['readChanges']>[0] & Anchored,
): Promise<Readable<LogPage>> {
  return readable({ log, principal, epoch }, ({ first }) =>
    log.readChanges({ ...range, after: Math.max(after, first - 1) }),
  );
}

/** What of a conversation a person may read. */
type Bounds = Pick<Membership, 'first' | 'last'>;
const ALL: Bounds = { first: 1, last: null };

/**
 * Reads a page and judges it on the record of the same moment: nothing beyond what the person may read is in it. Where that
 * is not all, its ends are known only then, and what lies beyond would be in the place of what they may see: so it is read
 * again within them.
 */
async function readable<Page extends LogPage>(
  { log, principal, epoch }: Anchored & { readonly log: ConversationLog; readonly principal: Principal },
  read: (bounds: Bounds) => Promise<Page | null>,
): Promise<Readable<Page>> {
  const page = await read(ALL);
  const membership = requireReader(page?.record ?? null, principal);
  requireEpoch(membership.record, epoch);
  const { first, last } = membership;
  const shown = first === ALL.first && last === ALL.last ? page : await read(membership);
  if (!shown) throw new ChatError('not_found', 'no such conversation');
  const head = last ?? membership.record.state.head;
  const within = { ...shown, entries: shown.entries.filter(({ seq }) => seq >= first && seq <= head) };
  const [seen = within] = await asShownTo(log, principal, [within]);
  return { ...seen, entries: seen.entries.map((entry) => asSeenFrom(first, entry)), first, head };
}

function withinBounds<R extends ReadRange>(range: R, { first, last }: Bounds): R {
  const upTo = last === null ? range.upTo : Math.min(range.upTo ?? last, last);
  const limit = Math.min(range.limit, LIMITS.readPage + 1);
  const after = Math.max(range.after, first - 1);
  return { ...range, after, limit, ...(upTo === undefined ? {} : { upTo }) };
}

function asPage(page: Readable<EditedPage>): MessagePage {
  const { entries, head } = page;
  const from = entries[0]?.seq ?? head + 1;
  const to = entries.at(-1)?.seq ?? head;
  return {
    epoch: page.record.state.epoch,
    asOf: head,
    from,
    to,
    hasBefore: from > page.first,
    hasAfter: to < head,
    items: itemsOf({ ...page, entries: entries.filter(isShown) }, head),
  };
}

/** The entries of a page as its reader sees them, as of `head`. */
export function itemsOf(page: EditedPage, head: number): TimelineItem[] {
  const changesOf = groupedBy(page.changes, ({ body }) => Number(body.target ?? body.thread));
  const ownOf = groupedBy(page.own, ({ target }) => target);
  const votes = new Map(page.votes.map(({ target, choices }) => [target, choices]));
  const asSeen = (entry: Entry): TimelineItem => {
    const item = { asOf: entry.seq, ...entry };
    const changes = changesOf.get(entry.seq);
    if (!changes) return { ...item, asOf: head };
    const own = ownOf.get(entry.seq)?.map(({ emoji }) => emoji) ?? [];
    const { reactions, ...amended } = changes.reduce<TimelineItem>((now, change) => amend(now, change, null), item);
    const seen = withOwnVote(amended, votes.get(entry.seq));
    if (!reactions) return { ...seen, asOf: head };
    return {
      ...seen,
      asOf: head,
      reactions: reactions.map((kind) => (own.includes(kind.emoji) ? { ...kind, mine: true } : kind)),
    };
  };
  return page.entries.map(asSeen);
}

function withOwnVote<T extends Pick<TimelineItem, 'poll'>>(item: T, choices: readonly number[] | undefined): T {
  return item.poll && choices ? { ...item, poll: { ...item.poll, mine: [...choices] } } : item;
}

function groupedBy<T>(all: readonly T[], keyOf: (one: T) => number): ReadonlyMap<number, readonly T[]> {
  const groups = new Map<number, T[]>();
  for (const one of all) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return groups;
}
