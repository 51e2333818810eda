// Who types, in words; of many the first few.
import { isolated, say } from '../../text/text.js';

const MOST = 3;

export function typingWords(names: readonly string[]): string {
  if (names.length === 0) return '';
  const shown = names.slice(0, MOST).map(isolated).join(', ');
  return say('typing', { names: shown, count: names.length });
}
