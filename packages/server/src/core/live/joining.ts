// What a person is told who begins to follow a conversation, or was in it for a moment only: the `conversation` frame first, then
// the entries from there on (rule B3 of docs/protocol/v1.md). Those of a channel's readers begin where they came.
import { type ServerFrame, toId } from '@kith/protocol';
import type { ConversationLog, LogSummary } from '../log.js';
import type { Feed } from './feed.js';
import type { Route } from './route.js';
import { outgoing, outgoingEntry } from './sink.js';
import type { Announcement } from './stream-buffer.js';

export type JoiningPorts = {
  readonly log: ConversationLog;
  /** Makes the frame that announces a conversation to a person. */
  readonly announce: (route: Route, summary: LogSummary, pushedAfter: number) => Promise<ServerFrame>;
};

/** A conversation that a route begins to follow, as of its summary. */
export type Joining = { readonly route: Route; readonly feed: Feed; readonly summary: LogSummary };

/** @returns the head up to which everything was sent */
export async function announceJoin(
  { log, announce }: JoiningPorts,
  { route, feed, summary }: Joining,
): Promise<number> {
  const range = { conversation: feed.id, after: summary.joined - 1, upTo: summary.head, limit: 200 } as const;
  const page = await log.read({ from: 'lower', ...range });
  const entries = page?.entries ?? [];
  const isWhole = entries.at(-1)?.seq === summary.head;
  const pushedAfter = isWhole ? summary.joined - 1 : summary.head;
  const frame = outgoing(await announce(route, summary, pushedAfter));
  const skipped = await feed.readSkipped(log, summary, route.heldFrom(feed.id));
  const { epoch, head } = summary;
  const floor = { epoch, seq: skipped.at(-1)?.seq ?? head };
  follow({ route, feed, summary });
  route.announce({ conversation: feed.id, epoch, cause: summary.joined, frame });
  route.deliverAhead(feed.id, [...(isWhole ? entries : []), ...skipped].map(outgoingEntry), floor);
  feed.begin(epoch, head);
  return floor.seq;
}

/** How the person reads what they follow. */
export function follow({ route, feed, summary }: Joining): void {
  route.readsFrom(feed.id, summary.first);
  route.setReading(feed.id, summary.role === 'reader');
}

/** Joined and left before anything was followed: whoever was told of the one otherwise is told of the other (B2). */
export async function announceLeft(
  { announce }: Pick<JoiningPorts, 'announce'>,
  route: Route,
  summary: LogSummary,
): Promise<void> {
  const { id, epoch, head } = summary;
  if (route.hasLeft(toId(id), head)) return;
  const frame = outgoing(await announce(route, summary, head));
  route.announce({ conversation: id, epoch, cause: head, frame });
  route.leave(toId(id), head);
}

/**
 * Who reads may do so no more, or be a member: that one is told so before the entry, which may wait; one who left gets nothing
 * above that, and then their frame, which is given back.
 */
export async function announceChange(
  { log, announce }: JoiningPorts,
  route: Route,
  feed: Feed,
): Promise<Announcement | null> {
  const summary = await log.summary(feed.id, route.user);
  if (!summary || summary.role === 'reader') return null;
  const { epoch, head } = summary;
  const isIn = summary.role !== 'none';
  const pushedAfter = isIn ? (route.heldFrom(feed.id) ?? (feed.position ?? head) + 1) - 1 : head;
  const frame = outgoing(await announce(route, summary, pushedAfter));
  const announcement = { conversation: feed.id, epoch, cause: head, frame };
  if (!isIn) {
    route.leftMeanwhile(feed.id, head);
    return announcement;
  }
  follow({ route, feed, summary });
  route.announce(announcement);
  return null;
}
