// Text that was deleted is in no log, on no screen and in no store of a device.
import type { History } from '../history/history.js';
import type { Breach } from './law.js';

export function judgeErasure({ end }: History, erased: ReadonlySet<string>): readonly Breach[] {
  if (erased.size === 0) return [];
  const places = [
    ...end.logs.map(({ conversation, entries }) => ({ where: `the log of ${conversation}`, what: textsIn(entries) })),
    ...end.tabs.map(({ tab, conversations, windows }) => ({ where: tab, what: textsIn([conversations, windows]) })),
    ...end.stores.map(({ device, contents }) => ({ where: `the store of ${device}`, what: textsIn(contents) })),
  ];
  return places.flatMap(({ where, what }) => {
    const found = [...what].filter((text) => erased.has(text));
    return found.map(
      (text): Breach => ({ law: 'erased', found: `${text} was deleted, and is in ${where}`, event: null }),
    );
  });
}

/** All texts at any depth. */
function textsIn(value: unknown, found: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value === 'string') found.add(value);
  else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) textsIn(inner, found);
  return found;
}
