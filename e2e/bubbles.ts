/**
 * What tells messages apart, as numbers: on which side each stands, how wide and round it is, its colours, how well its text is
 * read on it. Of what doesn't depend on the fonts of a machine.
 */
import type { Page } from 'playwright-core';
import { contrastOf } from '../apps/web/src/look/contrast.js';

export type Bubble = {
  readonly side: 'start' | 'end';
  /** From the edges of the log's lines, pictures aside, in CSS pixels: of one whose text fills all the width there is. */
  readonly gaps: string;
  /** In the order of writing: start and end above, end and start below. */
  readonly corners: string;
  readonly ground: string;
  readonly text: string;
  /** As opaque as the text is drawn. */
  readonly contrast: number;
  readonly isItalic: boolean;
  /** What an own message says of its way. */
  readonly way: string | null;
};

type Measured = Omit<Bubble, 'contrast'> & { readonly opacity: number };

const MEASURE = `(() => {
  const hex = (colour) => '#' + colour.match(/[\\d.]+/g).slice(0, 3).map((part) => Math.round(part).toString(16).padStart(2, '0')).join('');
  const found = {};
  for (const message of document.querySelectorAll('.timeline .message')) {
    const bubble = message.querySelector('.bubble');
    const text = bubble.querySelector('.text');
    const side = message.matches('.own') ? 'own' : 'theirs';
    const key = message.matches('.deleted') ? side + ' deleted' : /^(own|theirs) [a-z]+/.exec(text.textContent)?.[0];
    if (key === undefined) continue;
    const [line, box] = [message.getBoundingClientRect(), bubble.getBoundingClientRect()];
    const begin = message.querySelector(':scope > .picture')?.getBoundingClientRect().right ?? line.left;
    const [left, right] = [Math.round(box.left - begin), Math.round(line.right - box.right)];
    const [own, words] = [getComputedStyle(bubble), getComputedStyle(text)];
    const isLong = !message.matches('.deleted') && box.width > line.width / 2;
    found[key] = {
      side: left < right ? 'start' : 'end',
      gaps: isLong ? left + ' ' + right : 'as its text',
      corners: [own.borderStartStartRadius, own.borderStartEndRadius, own.borderEndEndRadius, own.borderEndStartRadius]
        .map((radius) => Number.parseFloat(radius)).join(' '),
      ground: hex(own.backgroundColor),
      text: hex(words.color),
      opacity: Number(words.opacity),
      isItalic: words.fontStyle === 'italic',
      way: message.querySelector('.tick')?.getAttribute('aria-label') ?? null,
    };
  }
  return { page: hex(getComputedStyle(document.body).backgroundColor), found };
})()`;

/** Of each kind of message in the open conversation by the words that its text begins with. */
export async function bubblesOf(page: Page): Promise<{
  readonly page: string;
  readonly bubbles: { readonly [name: string]: Bubble };
}> {
  const { page: ground, found } = (await page.evaluate(MEASURE)) as {
    page: string;
    found: { readonly [name: string]: Measured };
  };
  const bubbles = Object.fromEntries(
    Object.entries(found)
      .sort(([one], [other]) => one.localeCompare(other, 'en'))
      .map(([name, { opacity, ...bubble }]) => {
        const drawn = mixed(bubble.text, bubble.ground, opacity);
        return [name, { ...bubble, contrast: Math.floor(contrastOf(drawn, bubble.ground) * 10) / 10 }];
      }),
  );
  return { page: ground, bubbles };
}

/** How far two colours are apart to the eye, in OKLab: 0 is the same, 1 black and white. https://bottosson.github.io/posts/oklab/ */
export function distanceOf(one: string, other: string): number {
  const [a, b] = [oklab(one), oklab(other)];
  return Math.hypot(...a.map((part, index) => part - (b[index] ?? 0)));
}

function partsOf(colour: string): readonly [number, number, number] {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return [red, green, blue];
}

/** sRGB, as browsers mix what is not opaque. */
function mixed(colour: string, ground: string, share: number): string {
  const below = partsOf(ground);
  const parts = partsOf(colour).map((part, index) => Math.round(part * share + (below[index] ?? 0) * (1 - share)));
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

function oklab(colour: string): readonly [number, number, number] {
  const linear = partsOf(colour).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  const [red = 0, green = 0, blue = 0] = linear;
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const middle = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return [
    0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
    1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
    0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
  ];
}
