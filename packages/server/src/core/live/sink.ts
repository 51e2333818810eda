// What the core needs of an open stream to a client: a socket, server-sent events or polls. The edge
// implements it with a bounded outbox; calls never throw and never wait.
import type { ChatError, CloseReason, Entry, EntryBody, ServerFrame } from '@kith/protocol';
import { encodeEntry, encodeFrame } from '@kith/protocol';
import { asSeenFrom } from '../hidden.js';

/** A frame that is encoded once and sent to many. `wire` is the edge's place to keep its framed bytes. */
export type Outgoing = {
  readonly text: string;
  wire: Uint8Array | null;
  /** The cursor from which a client may go on that has this frame; not given where it may not, or where there is none. */
  readonly since?: string | undefined;
  /** The conversation that it is about, in which nothing overtakes it; not given where it is about none. */
  readonly about?: string | undefined;
  /** Nothing overtakes a `welcome`; a `signal` may be dropped. */
  readonly rank?: 'welcome' | 'signal' | undefined;
};

/** Whom a message is urgent for: those whom it names, or all but its author. */
export type Urgency = { readonly author: string | undefined; readonly users: readonly string[]; readonly all: boolean };

/** An entry on its way. A slow reader may get a `gap` instead. */
export type OutgoingEntry = Outgoing & {
  readonly conversation: string;
  readonly epoch: number;
  readonly seq: number;
  /** The seq of the entry that this one changes, or null. */
  readonly target: number | null;
  /** Null for nobody. */
  readonly urgency: Urgency | null;
  /** The same for those who may not see it; made when it is first wanted. */
  hidden(): OutgoingEntry;
};

export interface Sink {
  /** Sends a frame that must not be dropped, in order with everything else. */
  send(frame: Outgoing): void;
  /** Sends a signal; it may be dropped where the reader is too slow. */
  signal(frame: Outgoing): void;
  /** Sends an entry, or counts it into a `gap` where the reader is too slow. */
  deliver(entry: OutgoingEntry): void;
  /** Ends the stream with a close code; what was sent before goes out first. */
  close(reason: CloseReason, afterMs?: number): void;
}

export function outgoing(frame: ServerFrame): Outgoing {
  const rank = frame.type === 'welcome' || frame.type === 'signal' ? frame.type : undefined;
  return { text: encodeFrame(frame), wire: null, since: cursorOf(frame), about: conversationOf(frame), rank };
}

/** What is said beside the id, of those refusals of which one is made for many. */
const refusalTexts = new WeakMap<ChatError, string>();

/** An `error` frame. A server that is asked for too much says the same few of them as often as it answers. */
export function outgoingRefusal(id: number, error: ChatError): Outgoing {
  let rest = refusalTexts.get(error);
  if (rest === undefined) {
    rest = JSON.stringify(error.fields).slice(1);
    refusalTexts.set(error, rest);
  }
  const text = `{"type":"error","id":${id},${rest}`;
  return { text, wire: null, since: undefined, about: undefined, rank: undefined };
}

function conversationOf(frame: ServerFrame): string | undefined {
  if (frame.type === 'gap') return frame.conversation;
  if (frame.type === 'conversation') return frame.summary.id;
  if (frame.type !== 'signal') return undefined;
  if (frame.name === 'answer') return frame.answer.conversation;
  return 'conversation' in frame ? frame.conversation : undefined;
}

/** While there is more to list, the cursor of a welcome is not to be kept (C4). */
function cursorOf(frame: ServerFrame): string | undefined {
  if (frame.type === 'synced') return frame.since;
  return frame.type === 'welcome' && !frame.more ? frame.since : undefined;
}

export function outgoingEntry(entry: Entry): OutgoingEntry {
  const { target } = entry.body;
  let hidden: OutgoingEntry | null = null;
  return {
    text: encodeEntry(entry),
    wire: null,
    conversation: entry.conversation,
    epoch: entry.epoch,
    seq: entry.seq,
    target: typeof target === 'number' ? target : null,
    urgency: urgencyOf(entry),
    hidden() {
      hidden ??= outgoingEntry(asSeenFrom(Number.POSITIVE_INFINITY, entry));
      return hidden;
    },
  };
}

/** UG1 of docs/protocol/v1.md. */
function urgencyOf({ kind, author, body }: Entry): Urgency | null {
  if (kind !== 'message.sent' || (body.mentions === undefined && body.urgent === undefined)) return null;
  const { mentions, urgent } = body as EntryBody<'message.sent'>;
  return { author, users: mentions?.users ?? [], all: urgent === true || mentions?.all === true };
}
