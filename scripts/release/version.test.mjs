// The step from changes to a version: kinds, numbers, the changelog, and every file that bears the version.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import {
  changelogWith,
  filesWithVersion,
  nextVersion,
  pagesWithVersion,
  parseChange,
  withVersion,
} from './version.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

describe('a change', () => {
  it('is of the highest kind that it names', () => {
    expect(parseChange('---\n"@kith/sdk": patch\n"@kith/server": minor\n---\n\nSends polls.\n')).toEqual({
      kind: 'minor',
      summary: 'Sends polls.',
    });
  });

  it('that names no package is released as nothing', () => {
    expect(parseChange('---\n---\n\nA word in a comment.\n')).toBe(null);
  });

  it.each([
    ['a kind that is none', '---\n"@kith/sdk": huge\n---\n\nMore.\n', 'none of ours: huge'],
    ['no words', '---\n"@kith/sdk": patch\n---\n\n', 'says nothing'],
  ])('with %s is refused', (_name, text, why) => {
    expect(() => parseChange(text)).toThrow(why);
  });
});

it.each(
  /** @type {const} */ ([
    ['0.1.0', ['patch'], '0.1.1'],
    ['0.1.4', ['patch', 'minor'], '0.2.0'],
    ['0.1.4', ['major'], '0.2.0'],
    ['1.2.3', ['major', 'patch'], '2.0.0'],
    ['1.9.3', ['minor'], '1.10.0'],
  ]),
)('the version after %s with %j is %s', (before, kinds, after) => {
  expect(
    nextVersion(
      before,
      kinds.map((kind) => ({ kind, summary: 'x' })),
    ),
  ).toBe(after);
});

it('a release stands before the last in the changelog, with what breaks first', () => {
  const changes = /** @type {const} */ ([
    { kind: 'patch', summary: 'Mends a.' },
    { kind: 'major', summary: 'Takes b away.\nUse c.' },
  ]);
  expect(
    changelogWith('# Changelog\n\nAll.\n\n## 0.1.0 (2026-01-01)\n\nThe first.\n', {
      version: '0.2.0',
      day: '2026-02-01',
      changes,
    }),
  ).toBe(`# Changelog

All.

## 0.2.0 (2026-02-01)

### Breaking

- Takes b away.
  Use c.

### Mended

- Mends a.

## 0.1.0 (2026-01-01)

The first.
`);
});

it('every file that bears a version takes another, and nothing else in it changes', () => {
  const paths = filesWithVersion(root);
  expect(paths).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'apps/web/package.json']));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const path of paths) {
    const text = readFileSync(join(root, path), 'utf8');
    const raised = withVersion(text, '98.76.54');
    expect(raised).toContain('98.76.54');
    expect([path, withVersion(raised, version) === text]).toEqual([path, true]);
  }
});

it('CHANGELOG.md and the documents speak of this version', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(/^## (\S+)/m.exec(readFileSync(join(root, 'CHANGELOG.md'), 'utf8'))?.[1]).toBe(version);
  const texts = pagesWithVersion(root).map((path) => readFileSync(path, 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(/kith(?:-\w+)?-(\d+\.\d+\.\d+)\.tgz/g)]);
  expect(texts.length).toBeGreaterThan(2);
  expect(new Set(named.map(([, each]) => each))).toEqual(new Set([version]));
});
