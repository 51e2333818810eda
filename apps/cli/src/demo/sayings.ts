// What somebody says next: mostly a plain sentence, now and then what strains a page. Of the showpieces there is at least one of
// each in the first place, however small the demonstration is.
import type { Dice } from './dice.js';
import {
  CODE,
  EMOJI_ONLY,
  LONG_WORDS,
  MARKED,
  OPENERS,
  OTHER_SCRIPTS,
  RIGHT_TO_LEFT,
  SHORT,
  SUBJECTS,
  TAILS,
  VERBS,
} from './words.js';

export type Tone = 'plain' | 'short' | 'rightToLeft' | 'script' | 'emoji' | 'code' | 'marked' | 'longWord' | 'long';

/** How often each is chosen, in a thousand. */
const TONES: readonly (readonly [Tone, number])[] = [
  ['short', 300],
  ['rightToLeft', 55],
  ['script', 45],
  ['emoji', 40],
  ['code', 25],
  ['marked', 30],
  ['longWord', 6],
  ['long', 12],
];

export function drawTone(dice: Dice): Tone {
  let left = dice.whole(0, 999);
  for (const [tone, share] of TONES) {
    if (left < share) return tone;
    left -= share;
  }
  return 'plain';
}

export function sayingOf(tone: Tone, dice: Dice): string {
  switch (tone) {
    case 'short':
      return dice.pick(SHORT);
    case 'rightToLeft':
      return dice.pick(RIGHT_TO_LEFT);
    case 'script':
      return dice.pick(OTHER_SCRIPTS);
    case 'emoji':
      return dice.pick(EMOJI_ONLY);
    case 'code':
      return dice.pick(CODE);
    case 'marked':
      return dice.pick(MARKED);
    case 'longWord':
      return dice.pick(LONG_WORDS);
    case 'long':
      return Array.from({ length: dice.whole(6, 18) }, () => plain(dice)).join(' ');
    case 'plain':
      return plain(dice);
  }
}

function plain(dice: Dice): string {
  const subject = dice.pick(SUBJECTS);
  const opener = dice.pick(OPENERS);
  const sentence = `${opener === '' ? subject[0]?.toUpperCase() : subject[0]}${subject.slice(1)} ${dice.pick(VERBS)}.`;
  return [opener, sentence, dice.pick(TAILS)].filter((part) => part !== '').join(' ');
}
