import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contrastOf } from './contrast.js';
import { COLOURS, type Colour, propertyOf, READ_ON, SEEN_ON, type Theme } from './tokens.js';

const THEMES: readonly Theme[] = ['light', 'dark'];
const SHEET = readFileSync(new URL('tokens.css', import.meta.url), 'utf8');

describe('colours', () => {
  it.each(THEMES)('are read and seen in the %s theme as WCAG 2.2 AA asks', (theme) => {
    const contrast = ([one, other]: readonly [Colour, Colour]) =>
      contrastOf(COLOURS[one][theme], COLOURS[other][theme]);
    const pale = (pairs: typeof READ_ON, least: number) =>
      pairs
        .filter((pair) => contrast(pair) < least)
        .map((pair) => `${pair.join(' on ')}: ${contrast(pair).toFixed(2)}`);
    expect(pale(READ_ON, 4.5)).toEqual([]);
    expect(pale(SEEN_ON, 3)).toEqual([]);
  });

  it('count black on white as 21, and a colour on itself as 1', () => {
    expect(contrastOf('#000000', '#ffffff')).toBeCloseTo(21);
    expect(contrastOf('#1f6250', '#1f6250')).toBe(1);
  });

  it('are those of the style sheet', () => {
    for (const [name, { light, dark }] of Object.entries(COLOURS)) {
      expect(SHEET).toContain(`${propertyOf(name)}: light-dark(${light === '#ffffff' ? '#fff' : light}, ${dark});`);
    }
  });
});
