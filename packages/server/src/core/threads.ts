// Threads as those who follow them see them: the list of theirs, how they stand to one, and following it or not. Rules T5 to T9
// of docs/protocol/v1.md; answering and reading is in messages.ts.
import { ChatError, type ConversationId, type Params, type TimelineItem, toId } from '@kith/protocol';
import { requireEpoch, requireMember, requireReader } from './access.js';
import { noSuchMessage } from './amendments.js';
import { asShownTo } from './hides/hides.js';
import type { ConversationLog, FollowedThread, ThreadMark, ThreadPosition } from './log.js';
import { itemsOf } from './messages.js';
import type { Principal } from './principal.js';

export type ThreadItem = Omit<FollowedThread, 'user' | 'last'> & {
  readonly message: TimelineItem;
  readonly last: TimelineItem;
};

export type ThreadListing = {
  readonly items: ThreadItem[];
  readonly unread: number;
  readonly next: string | null;
};

const PAGE = 20;
/** Time, conversation and thread. */
const POSITION = /^(\d{1,15})\.([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,9})$/;

/** @throws not_found, forbidden where the conversation is none that the person is in; bad_request */
export async function listThreads(
  log: ConversationLog,
  { workspace, user }: Principal,
  params: Params<'threads.list'>,
): Promise<ThreadListing> {
  const { limit = PAGE, cursor } = params;
  const conversation = params.conversation === undefined ? null : toId<ConversationId>(params.conversation);
  if (conversation !== null) {
    const record = (await log.records([conversation])).get(conversation) ?? null;
    requireMember(record, { workspace, user }, 'thread.follow');
  }
  const found = await log.threads({
    ...{ workspace, user, limit: limit + 1 },
    ...(conversation === null ? {} : { conversation }),
    ...(cursor === undefined ? {} : { after: parsePosition(cursor) }),
  });
  const threads = found.threads.slice(0, limit);
  const end = found.threads.length > limit ? threads.at(-1) : undefined;
  return {
    items: await withMessages(log, { workspace, user }, threads),
    unread: found.unread,
    next: end ? `${end.last.at}.${end.conversation}.${end.thread}` : null,
  };
}

/** @throws bad_request */
function parsePosition(cursor: string): ThreadPosition {
  const [, at, conversation, thread] = POSITION.exec(cursor) ?? [];
  if (conversation === undefined) {
    throw new ChatError('bad_request', 'cursor: not one that this server gave');
  }
  return { at: Number(at), conversation: toId<ConversationId>(conversation), thread: Number(thread) };
}

/** Each with its first message and its last answer; what the person may not read any more by then is left out. */
async function withMessages(
  log: ConversationLog,
  asker: Pick<Principal, 'workspace' | 'user'>,
  threads: readonly FollowedThread[],
): Promise<ThreadItem[]> {
  const at = (conversation: ConversationId, seq: number) =>
    ({ conversation, after: seq - 1, upTo: seq, limit: 1, from: 'lower' }) as const;
  const ranges = threads.flatMap(({ conversation, thread, last }) => [
    at(conversation, thread),
    at(conversation, last.seq),
  ]);
  const read = await log.readManyEdited({ ranges, reader: asker.user });
  const pages = await asShownTo(log, asker, read);
  const found = new Map<string, TimelineItem>();
  for (const page of pages) {
    const { first, last } = requireReader(page.record, asker);
    if (last !== null) continue;
    for (const item of itemsOf(page, page.record.state.head)) {
      if (item.seq >= first) found.set(`${item.conversation} ${item.epoch} ${item.seq}`, item);
    }
  }
  return threads.flatMap(({ user: _user, last, ...mark }) => {
    const { conversation, epoch, thread } = mark;
    const item = (seq: number) => found.get(`${conversation} ${epoch} ${seq}`);
    const [message, answer] = [item(thread), item(last.seq)];
    return message && answer ? [{ ...mark, message, last: answer }] : [];
  });
}

/** @throws not_found, bad_request, forbidden, epoch_changed */
export async function followThread(
  log: ConversationLog,
  principal: Principal,
  { target, epoch, on = true, ...params }: Params<'thread.follow'>,
): Promise<ThreadMark> {
  const conversation = toId<ConversationId>(params.conversation);
  const page = await log.read({ conversation, after: target - 1, upTo: target, limit: 1, from: 'lower' });
  const { record, first } = requireMember(page?.record ?? null, principal, 'thread.follow');
  requireEpoch(record, epoch);
  const [message] = page?.entries ?? [];
  if (message?.kind !== 'message.sent' || message.seq < first) throw noSuchMessage();
  if (message.body.thread !== undefined) {
    throw new ChatError('bad_request', 'target: this message stands in a thread itself: follow the first of that');
  }
  const of = { conversation, user: principal.user, thread: target };
  await log.follow(of, on);
  const mark = await log.thread(of);
  if (!mark) throw noSuchMessage();
  return mark;
}
