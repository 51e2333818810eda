// A run as text.
import type { History } from '../history/history.js';
import type { Breach } from '../laws/law.js';

export function tellText(history: History, breaches: readonly Breach[]): string {
  void breaches;
  return history.events.map(({ at, who, type }) => `${at} ${who} ${type}`).join('\n');
}
