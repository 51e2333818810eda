// Where the log is brought to: a row, whatever comes in around it meanwhile, a message that is looked for, or a day.
import type { ShownItem } from '@kith/sdk';
import type { ScrollToIndexOpts, VirtualizerHandle } from 'virtua';
import type { Row } from './rows.js';

/**
 * So long after the log was brought to a row it is brought there again when rows change: the list goes on scrolling for
 * 150 ms after each size it measures, to the index that the row had when it began.
 */
const SETTLE_MS = 500;

export type Anchor = {
  readonly key: Row['key'];
  readonly where: ScrollToIndexOpts;
  /** On the page's clock, in milliseconds. */
  readonly until: number;
};

export function anchorAt({ key }: Row, where: ScrollToIndexOpts): Anchor {
  return { key, where, until: performance.now() + SETTLE_MS };
}

/** Scrolls to where a row is now. */
function bring(rows: readonly Row[], list: VirtualizerHandle | null, anchor: Anchor | null): void {
  if (!list || !anchor || performance.now() > anchor.until) return;
  const index = rows.findIndex(({ key }) => key === anchor.key);
  if (index !== -1) list.scrollToIndex(index, anchor.where);
}

type Arrival = {
  readonly rows: readonly Row[];
  readonly list: VirtualizerHandle | null;
  readonly target: { current: number | null };
  readonly anchor: { current: Anchor | null };
  readonly scroller: HTMLElement | null;
};

/** Brings the log to the message that is gone to, as soon as it is among the rows, and else to where it was brought before. */
export function arrive({ rows, list, target, anchor, scroller }: Arrival): void {
  const wanted = target.current;
  const found =
    wanted === null
      ? undefined
      : rows.find((row) => (row.kind === 'message' || row.kind === 'fact') && row.item.seq === wanted);
  if (wanted !== null && found) {
    target.current = null;
    anchor.current = anchorAt(found, { align: 'center' });
    focus(scroller, wanted);
  }
  bring(rows, list, anchor.current);
}

/** A message is in the page once the list has scrolled there. */
function focus(scroller: HTMLElement | null, seq: number): void {
  requestAnimationFrame(() => {
    requestAnimationFrame(() => {
      const element = scroller?.querySelector<HTMLElement>(`[data-seq="${seq}"]`);
      element?.focus({ preventScroll: true });
      element?.classList.add('found');
      setTimeout(() => element?.classList.remove('found'), 2_000);
    });
  });
}

/** The seq of the last row whose end is in view. */
export function lastInView(rows: readonly Row[], list: VirtualizerHandle, element: HTMLElement): number | null {
  const bottom = element.scrollTop + element.clientHeight;
  const startsAt = list.getItemOffset(0);
  for (let index = Math.min(rows.length - 1, list.findItemIndex(bottom)); index >= 0; index -= 1) {
    const row = rows[index];
    if (row === undefined || row.kind === 'day' || row.kind === 'unread' || row.kind === 'unsent') continue;
    const end = list.getItemOffset(index) - startsAt + list.getItemSize(index);
    // Of one that is longer than the page, what is in view is enough.
    if (end <= bottom + 4 || list.getItemOffset(index) - startsAt <= element.scrollTop) return row.item.seq;
  }
  return null;
}

/** The first message of a time or after it; the last one where there is none. */
export function seqAt(items: readonly ShownItem[], time: number): number | null {
  return (items.find(({ at }) => at >= time) ?? items.at(-1))?.seq ?? null;
}

/** How far the day that is shown above reaches into the log, with air below it. */
const DAY_ABOVE_PX = 44;

/**
 * The beginning of the day of the first row in view; null where that row says it, or where another day begins so far above
 * that its line would be covered. Milliseconds.
 */
export function dayAt(rows: readonly Row[], list: VirtualizerHandle | null, top: number): number | null {
  if (list === null) return null;
  const first = list.findItemIndex(top);
  const row = rows[first];
  if (row?.kind !== 'message' && row?.kind !== 'fact') return null;
  const covered = rows.slice(first, list.findItemIndex(top + DAY_ABOVE_PX) + 1);
  return covered.some(({ kind }) => kind === 'day') ? null : new Date(row.item.at).setHours(0, 0, 0, 0);
}
