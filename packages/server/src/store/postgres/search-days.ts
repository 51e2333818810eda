// Which days a search looks at, the newest first: spans that grow as it goes back, so that what is said every day is found
// among the last of them, and what was said once, long ago, after a handful of looks. A document bears the token of its
// day and of the blocks of 8, 64 and 512 days that the day is in; a span is as few of these as cover it.
import { tokenOfFact } from '../../core/search/tokens.js';

const DAY_MS = 86_400_000;
const BLOCKS = [512, 64, 8, 1];
/** Each span is so many times as long as the one before. */
const GROWTH = 4;
/** How far the newest span reaches into the future, as clocks may do. Nothing is found beyond. */
const AHEAD_DAYS = 512;

/** What a document of this time bears. */
export function dayTokens(atMs: number): readonly number[] {
  const day = Math.floor(atMs / DAY_MS);
  return BLOCKS.map((size) => blockToken(size, Math.floor(day / size)));
}

/** The tokens of one span after the other, from the newest on; together they cover all time within the bounds. */
export function* spansBack({ nowMs, from, to }: { nowMs: number; from: number; to: number }): Generator<number[]> {
  const newest = Math.floor(nowMs / DAY_MS);
  const lowest = Math.max(0, Math.floor(from / DAY_MS));
  let end = Math.min(newest + AHEAD_DAYS, Math.floor((to - 1) / DAY_MS)) + 1;
  let begin = Math.min(newest, end - 1);
  for (let length = 1; end > lowest; length *= GROWTH) {
    begin = Math.max(lowest, begin);
    yield cover(begin, end);
    end = begin;
    begin -= length * GROWTH;
  }
}

/** From `begin` up to, without, `end`. */
function cover(begin: number, end: number): number[] {
  const tokens: number[] = [];
  for (let day = begin; day < end; ) {
    const size = BLOCKS.find((block) => day % block === 0 && day + block <= end) ?? 1;
    tokens.push(blockToken(size, day / size));
    day += size;
  }
  return tokens;
}

function blockToken(size: number, block: number): number {
  return tokenOfFact(`days${size}`, block);
}
