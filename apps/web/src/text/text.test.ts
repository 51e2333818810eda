import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import { describe, expect, it } from 'vitest';
import arabic from './ar.json' with { type: 'json' };
import german from './de.json' with { type: 'json' };
import english from './en.json' with { type: 'json' };

type Catalogue = { readonly [key: string]: string };

const SOURCES = fileURLToPath(new URL('..', import.meta.url));

/** What one message is given. */
function valuesOf(text: string): readonly string[] {
  const names = new Set<string>();
  const walk = (tokens: unknown): void => {
    if (!Array.isArray(tokens)) return;
    for (const token of tokens) {
      if (!Array.isArray(token)) continue;
      const [name, , choices] = token as [string, string?, { readonly [choice: string]: unknown }?];
      names.add(name);
      if (typeof choices === 'object') for (const choice of Object.values(choices)) walk(choice);
    }
  };
  walk(compileMessageOrThrow(text));
  return [...names].filter((name) => name !== '#').sort();
}

describe('texts', () => {
  it('are there in German and in Arabic as in English', () => {
    for (const catalogue of [german, arabic])
      expect(Object.keys(catalogue).sort()).toEqual(Object.keys(english).sort());
  });

  it('take the same values in every language', () => {
    const own: Catalogue = english;
    for (const catalogue of [german, arabic] as readonly Catalogue[]) {
      const other = Object.entries(catalogue).filter(
        ([key, text]) => JSON.stringify(valuesOf(text)) !== JSON.stringify(valuesOf(own[key] ?? '')),
      );
      expect(other).toEqual([]);
    }
  });

  it('are all said somewhere, and what is said is there', () => {
    const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).filter(
      (file) => /\.tsx?$/.test(file) && !file.includes('.test.'),
    );
    const code = files.map((file) => readFileSync(join(SOURCES, file), 'utf8')).join('\n');
    const unsaid = Object.keys(english).filter((key) => {
      const [group = '', name = ''] = key.split('.');
      return !code.includes(`'${key}'`) && !code.includes(`\`${group}.\${`) && name !== undefined;
    });
    expect(unsaid).toEqual([]);
  });
});
