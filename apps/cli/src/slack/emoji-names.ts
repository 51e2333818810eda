// Slack's names of emoji, and the emoji that they stand for: `thumbsup`, `wave::skin-tone-3`. Names of a workspace's own pictures
// stand for none.
import { createRequire } from 'node:module';

// JSON as a module is experimental in the oldest Node that is supported, which says so on every start.
const require = createRequire(import.meta.url);

const TONES: ReadonlyMap<string, string> = new Map([
  ['skin-tone-2', '1F3FB'],
  ['skin-tone-3', '1F3FC'],
  ['skin-tone-4', '1F3FD'],
  ['skin-tone-5', '1F3FE'],
  ['skin-tone-6', '1F3FF'],
]);
const CODE = /(```[\s\S]*?```|`[^`\n]+`|<[^<>\n]*>)/;
const NAME = /:([a-z0-9_+'-]{1,100}(?:::skin-tone-[2-6])?):/g;

export class EmojiNames {
  readonly #emoji = new Map<string, string>();

  constructor() {
    const names = require('emojibase-data/en/shortcodes/iamcal.json') as Readonly<
      Record<string, string | readonly string[]>
    >;
    for (const [code, given] of Object.entries(names)) {
      for (const name of [given].flat()) this.#emoji.set(name, emojiOf(code));
    }
  }

  /** Null for a name that stands for none. */
  emojiOf(name: string): string | null {
    const [plain = '', tone] = name.split('::');
    const emoji = this.#emoji.get(plain);
    if (emoji === undefined) return null;
    const toned = tone === undefined ? undefined : TONES.get(tone);
    if (toned === undefined) return emoji;
    const [first = '', ...rest] = emoji;
    return [first, emojiOf(toned), ...rest.filter((sign) => sign !== '\uFE0F')].join('');
  }

  /** Names within a text, where they stand for something, and not in code. */
  inText(text: string): string {
    const shown = (part: string): string => part.replace(NAME, (whole, name: string) => this.emojiOf(name) ?? whole);
    return text
      .split(CODE)
      .map((part, index) => (index % 2 === 1 ? part : shown(part)))
      .join('');
  }
}

/** Hexadecimal code points with hyphens between. */
function emojiOf(code: string): string {
  return String.fromCodePoint(...code.split('-').map((point) => Number.parseInt(point, 16)));
}
