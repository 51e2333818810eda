// A run as a page.
import type { History } from '../history/history.js';
import type { Breach } from '../laws/law.js';

export function tellHtml(history: History, breaches: readonly Breach[]): string {
  void breaches;
  return `<pre>${JSON.stringify(history, null, 1)}</pre>`;
}
