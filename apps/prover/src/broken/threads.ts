// What tabs show of followed threads, changed so that it is not what follows from the log any more.
import { type Draft, first } from './draft.js';

export function countOneMore(draft: Draft): void {
  first(listed(draft)).item.unread += 1;
}

export function nameOneMore(draft: Draft): void {
  first(listed(draft)).item.mentions += 1;
}

export function listOneLess(draft: Draft): void {
  const { followed } = first([...listed(draft)].filter((one) => !one.followed.hasMore));
  followed.unread -= followed.items.pop()?.unread ? 1 : 0;
}

export function endWithAnother(draft: Draft): void {
  first(listed(draft)).item.last -= 1;
}

export function readLess(draft: Draft): void {
  first(listed(draft)).item.read = 0;
}

export function showOneLess(draft: Draft): void {
  first([...opened(draft)].filter(({ answers }) => answers.length > 0)).answers.pop();
}

export function followOtherwise(draft: Draft): void {
  const open = first(opened(draft));
  open.follows = !open.follows;
}

function* listed({ end }: Draft) {
  for (const { followed } of end.tabs) {
    if (followed) for (const item of followed.items) yield { followed, item };
  }
}

function* opened({ end }: Draft) {
  for (const { threads } of end.tabs) yield* threads;
}
