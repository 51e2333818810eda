// What may stand as a reaction: one emoji sequence as UTS #51 builds them (skin tones, flags, keycaps, families), also of
// versions of Unicode that this build does not know yet. Rule R1 of docs/protocol/v1.md.

/** A flag of two letters, a keycap, or a picture with what may follow it; pictures are joined by U+200D. */
const PART =
  '(?:\\p{RI}\\p{RI}|[0-9#*]\\uFE0F?\\u20E3|\\p{ExtPict}(?:\\p{EMod}|\\uFE0F)?(?:[\\u{E0020}-\\u{E007E}]+\\u{E007F})?)';
const SEQUENCE = new RegExp(`^${PART}(?:\\u200D${PART})*$`, 'u');
const VARIATION = /\uFE0F/g;

export function isEmoji(text: string): boolean {
  return SEQUENCE.test(text);
}

/** Whether two sequences are one emoji: U+FE0F, which some keyboards leave out, does not tell two apart. */
export function isSameEmoji(one: string, other: string): boolean {
  return one === other || one.replaceAll(VARIATION, '') === other.replaceAll(VARIATION, '');
}
