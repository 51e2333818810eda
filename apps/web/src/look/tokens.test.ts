import { readFileSync } from 'node:fs';
import { ACCENTS } from '@kith/protocol';
import { describe, expect, it } from 'vitest';
import { contrastOf } from './contrast.js';
import { ACCENT_COLOURS, COLOURS, type Colour, propertyOf, READ_ON, SEEN_ON, type Theme } from './tokens.js';

const THEMES: readonly Theme[] = ['light', 'dark'];
const SHEET = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

describe('colours', () => {
  it.each(THEMES.flatMap((theme) => ACCENTS.map((accent) => [theme, accent] as const)))(
    'are read and seen in the %s theme with the accent %s as WCAG 2.2 AA asks',
    (theme, accent) => {
      const colours: { readonly [colour in Colour]: { readonly [one in Theme]: string } } = {
        ...COLOURS,
        ...ACCENT_COLOURS[accent],
      };
      const contrast = ([one, other]: readonly [Colour, Colour]) =>
        contrastOf(colours[one][theme], colours[other][theme]);
      const pale = (pairs: typeof READ_ON, least: number) =>
        pairs
          .filter((pair) => contrast(pair) < least)
          .map((pair) => `${pair.join(' on ')}: ${contrast(pair).toFixed(2)}`);
      expect(pale(READ_ON, 4.5)).toEqual([]);
      expect(pale(SEEN_ON, 3)).toEqual([]);
    },
  );

  it('count black on white as 21, and a colour on itself as 1', () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrastOf('#1f6250', '#1f6250')).toBe(1);
  });

  it('are those of the style sheet', () => {
    const lineOf = (name: string, { light, dark }: { readonly [theme in Theme]: string }) =>
      `${propertyOf(name)}: light-dark(${light === '#ffffff' ? '#fff' : light}, ${dark});`;
    for (const [name, colour] of Object.entries(COLOURS)) expect(SHEET).toContain(lineOf(name, colour));
    for (const accent of ACCENTS) {
      const lines = Object.entries(ACCENT_COLOURS[accent]).map(([name, colour]) => `  ${lineOf(name, colour)}\n`);
      expect(SHEET).toContain(`[data-accent="${accent}"] {\n${lines.join('')}}`);
    }
  });

  it('are of eight accents that differ from one another in both themes', () => {
    for (const theme of THEMES) {
      const shown = ACCENTS.map((accent) => ACCENT_COLOURS[accent].accent[theme]);
      expect(new Set(shown).size).toBe(8);
    }
  });
});
