import { describe, expect, it } from 'vitest';
import { isEmoji, isSameEmoji } from './index.js';

const EMOJI = [
  '👍',
  '❤️',
  '❤',
  '👍🏽',
  '🇩🇪',
  '1️⃣',
  '#⃣',
  '👨‍👩‍👧‍👦',
  '🏳️‍🌈',
  '🏴󠁧󠁢󠁳󠁣󠁴󠁿',
  '🧑🏿‍❤️‍💋‍🧑🏻',
  '☺️',
  // Reserved for emoji, and none in any version yet.
  '\u{1F8FF}',
];
const OTHERS = [
  '',
  'a',
  '1',
  '#',
  '🏽',
  '👍👍',
  '👍 ',
  'ok👍',
  '\u200d',
  '👍\u200d',
  '🇩',
  ':thumbsup:',
  '<b>',
  '\ufe0f',
];

describe('[R1] a reaction is one emoji', () => {
  it.each(EMOJI)('%s is one', (text) => expect(isEmoji(text)).toBe(true));
  it.each(OTHERS)('"%s" is none', (text) => expect(isEmoji(text)).toBe(false));

  it('is the same with and without the variation selector, and another with a skin tone', () => {
    expect(isSameEmoji('❤️', '❤')).toBe(true);
    expect(isSameEmoji('🏳️‍🌈', '🏳‍🌈')).toBe(true);
    expect(isSameEmoji('👍', '👍🏽')).toBe(false);
  });
});
