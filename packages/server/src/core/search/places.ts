// In which order messages are found, and where a listing goes on in it: places as text, for indexes that know a conversation by
// its id.
import { ChatError, type ConversationId } from '@kith/protocol';
import type { SearchOrder } from './search-index.js';

/** Where a message stands among all of them. */
export type Spot = { readonly at: number; readonly seq: number; readonly conversation: ConversationId };
export type Scored = { readonly spot: Spot; readonly score: number };
/** `top` is the newest of those that are put in order. */
export type Place = Scored & { readonly top: Spot };

export function newestFirst(one: Spot, other: Spot): number {
  return (
    other.at - one.at ||
    other.seq - one.seq ||
    (other.conversation < one.conversation ? -1 : Number(other.conversation > one.conversation))
  );
}

export function bestFirst(one: Scored, other: Scored): number {
  return other.score - one.score || newestFirst(one.spot, other.spot);
}

export function encodePlace(order: SearchOrder, { spot, score, top }: Place): string {
  return [order, score, spot.at, spot.seq, spot.conversation, top.at, top.seq, top.conversation].join('/');
}

/** @throws bad_request */
export function parsePlace(text: string, order: SearchOrder): Place {
  const [kind, score, at, seq, id, topAt, topSeq, topId] = text.split('/');
  const numbers = [score, at, seq, topAt, topSeq].map(Number);
  if (kind !== order || id === undefined || topId === undefined || !numbers.every(Number.isSafeInteger)) {
    throw new ChatError('bad_request', 'cursor: not one of this search');
  }
  const spot = (ms?: string, number?: string, conversation?: string): Spot => {
    return { at: Number(ms), seq: Number(number), conversation: String(conversation) as ConversationId };
  };
  return { spot: spot(at, seq, id), score: Number(score), top: spot(topAt, topSeq, topId) };
}
