import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('.', import.meta.url);
/** What a browser moves without laying out or painting anything anew. */
const COMPOSED: ReadonlySet<string> = new Set(['opacity', 'transform', 'translate', 'scale', 'rotate']);

const sheets = readdirSync(FOLDER).filter((name) => name.endsWith('.css'));
const textOf = (sheet: string) => readFileSync(new URL(sheet, FOLDER), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');

/** What each sheet animates, and what it does so with. */
function motionOf(text: string): { readonly moved: readonly string[]; readonly times: readonly string[] } {
  const transitions = [...text.matchAll(/\btransition(?:-property)?:([^;}]+)/g)].flatMap(([, value = '']) =>
    value.split(',').map((part) => part.trim().split(/\s+/)),
  );
  const frames = [...text.matchAll(/@keyframes [\w-]+ \{((?:[^{}]*\{[^{}]*\})*)/g)].flatMap(([, body = '']) =>
    [...body.matchAll(/([\w-]+):/g)].map(([, name = '']) => name),
  );
  return {
    moved: [...transitions.map(([name = '']) => name), ...frames],
    times: transitions.map(([, time = '']) => time),
  };
}

describe('motion', () => {
  it('[S192] is of how opaque something is and where it is drawn, and of nothing that is laid out or painted anew', () => {
    const motions = sheets.map((sheet) => [sheet, motionOf(textOf(sheet))] as const);
    const others = motions.flatMap(([sheet, { moved }]) =>
      moved.filter((name) => !COMPOSED.has(name)).map((name) => `${sheet}: ${name}`),
    );
    expect(others).toEqual([]);
    expect(motions.flatMap(([, { moved }]) => moved).length).toBeGreaterThan(3);
  });

  it('[S192] takes as long as the token says, which is no time where motion is unwanted, and nothing is animated there', () => {
    const times = sheets.flatMap((sheet) => motionOf(textOf(sheet)).times);
    expect(times.filter((time) => time !== 'var(--quick)')).toEqual([]);
    const unwanted = textOf('tokens.css').split('@media (prefers-reduced-motion: reduce)')[1] ?? '';
    expect(unwanted).toMatch(/--quick: 0ms;/);
    expect(unwanted).toMatch(/\*,\s+\*::before,\s+\*::after \{\s+animation: none !important;/);
  });

  it('is found where it is: what moves a width or a ground is seen', () => {
    expect(motionOf('a { transition: width 1s, opacity var(--quick) }').moved).toEqual(['width', 'opacity']);
    expect(motionOf('@keyframes grow { from { opacity: 0; height: 1px; } to { top: 0 } }').moved).toEqual([
      'opacity',
      'height',
      'top',
    ]);
  });
});
