// A circle with somebody's initial, in one of six colours that their id chooses, and their presence as a dot.
import type { Status } from '@kith/protocol';
import { el } from './element.js';

const COLOURS = 6;

export function avatar(id: string, name: string, status?: Status): HTMLElement {
  const [initial = '?'] = name.trim();
  const colour = [...id].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % COLOURS;
  const circle = el('span', { class: `avatar colour-${colour}`, 'aria-hidden': 'true' }, initial.toUpperCase());
  if (status === 'online' || status === 'away') circle.append(el('span', { class: `dot ${status}` }));
  return circle;
}
