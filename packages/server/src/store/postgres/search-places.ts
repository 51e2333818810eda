// Where a listing of found messages goes on, as text. It comes back from clients, so it is parsed here.
import { ChatError } from '@kith/protocol';
import type { SearchOrder } from '../../core/search/search-index.js';

/** A message in the order of the newest: by time, then by number, then by conversation. */
export type Spot = { readonly at: number; readonly seq: number; readonly no: number };

export type Place = {
  readonly spot: Spot;
  /** How well it fits, and the newest of those among which it was found. Not told where the order is of time alone. */
  readonly score: number;
  readonly top: Spot;
};

const PLACE = /^([nb])\.([0-9a-z]{1,4})((?:\.[0-9a-z]{1,11}){6})$/;
const BASE = 36;
/** Below the highest number that a row can have, so that one more is none yet. */
const HIGHEST = 2_147_483_646;

export function encodePlace(order: SearchOrder, { spot, score, top }: Place): string {
  const numbers = [score, spot.at, spot.seq, spot.no, top.at, top.seq, top.no];
  return [order.slice(0, 1), ...numbers.map((number) => number.toString(BASE))].join('.');
}

/** @throws bad_request */
export function parsePlace(text: string, order: SearchOrder): Place {
  const [, letter, score, rest = ''] = PLACE.exec(text) ?? [];
  const numbers = rest
    .split('.')
    .slice(1)
    .map((number) => Number.parseInt(number, BASE));
  const [at = 0, seq = 0, no = 0, topAt = 0, topSeq = 0, topNo = 0] = numbers;
  const isWhole = numbers.every(Number.isSafeInteger) && [seq, no, topSeq, topNo].every((number) => number <= HIGHEST);
  if (score === undefined || letter !== order.charAt(0) || !isWhole) {
    throw new ChatError('bad_request', 'cursor: none of a search in this order');
  }
  return { spot: { at, seq, no }, score: Number.parseInt(score, BASE), top: { at: topAt, seq: topSeq, no: topNo } };
}
