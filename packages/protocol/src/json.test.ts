import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChatError, LIMITS, parseJson, requireCleanString } from './index.js';
import { readJson } from './json.js';

const refused = { name: 'ChatError', code: 'bad_request' };

describe('parseJson', () => {
  test('reads like JSON.parse whatever is clean and flat enough', () => {
    const clean = fc
      .jsonValue({ maxDepth: 20, noUnicodeString: false })
      .filter((value) => isClean(JSON.stringify(value)));
    fc.assert(
      fc.property(clean, (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  test('answers any text with a value or with bad_request', () => {
    const texts = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'{}[]",:\\u01e-\0') }));
    fc.assert(
      fc.property(texts, (text) => {
        try {
          parseJson(text);
        } catch (error) {
          expect(error).toMatchObject(refused);
        }
      }),
    );
  });

  test('counts depth as a plain reader does, with quotes and backslashes in the way', () => {
    const strings = fc.string({ unit: fc.constantFrom('[', '{', ']', '}', '"', '\\', 'x') });
    fc.assert(
      fc.property(fc.array(strings), fc.integer({ min: 1, max: 40 }), (texts, depth) => {
        const text = JSON.stringify(texts.reduce<unknown>((inner, text) => [text, inner], null));
        const deeper = `${'['.repeat(depth)}${text}${']'.repeat(depth)}`;
        if (depth + texts.length > LIMITS.depth) expect(() => readJson(deeper)).toThrow(ChatError);
        else expect(readJson(deeper)).toEqual(JSON.parse(deeper));
      }),
    );
  });

  test('[W4] refuses a bomb of brackets without a deep stack and before it is parsed', () => {
    const bombs = ['['.repeat(LIMITS.frame), '{"a":'.repeat(LIMITS.frame / 5), `{"x":${'[{"y":'.repeat(20_000)}`];
    for (const bomb of bombs) expect(() => parseJson(bomb)).toThrow(expect.objectContaining(refused));
  });

  test('[W4] knows an escaped quote from one that ends a string', () => {
    const open = '['.repeat(LIMITS.depth + 1);
    expect(parseJson(JSON.stringify(`"${open}`))).toBe(`"${open}`);
    expect(parseJson(JSON.stringify(`\\"${open}`))).toBe(`\\"${open}`);
    expect(() => readJson(`["\\\\",${open}`)).toThrow(/nested/);
    expect(() => readJson(`["\\"",${open}`)).toThrow(/nested/);
  });

  test('reads a long run of backslashes once', () => {
    const text = JSON.stringify('\\'.repeat(60_000));
    expect(parseJson(text)).toBe('\\'.repeat(60_000));
    expect(() => parseJson(`"${'\\"'.repeat(60_000)}`)).toThrow(expect.objectContaining(refused));
  });

  test.each(['__proto__', 'constructor', 'prototype'])('[M4] refuses %s as a key, however it is spelled', (key) => {
    const escaped = [...key].map((letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');
    for (const spelling of [key, escaped]) {
      expect(() => parseJson(`{"${spelling}":1}`)).toThrow(expect.objectContaining(refused));
      expect(() => parseJson(`[{"a":[{"${spelling}":1}]}]`)).toThrow(expect.objectContaining(refused));
      expect(parseJson(`["${spelling}"]`)).toEqual([key]);
    }
    expect(({} as { readonly x?: unknown }).x).toBeUndefined();
  });

  test('[M4] refuses U+0000 and half a surrogate pair, in strings and in keys', () => {
    for (const bad of ['\\u0000', '\\ud83d', '\\ude00', '\\ude00\\ud83d', '\ud83d', '\ude00']) {
      for (const text of [`"${bad}"`, `["a${bad}b"]`, `{"${bad}":1}`, `{"a":{"b":"${bad}"}}`]) {
        expect(() => parseJson(text)).toThrow(expect.objectContaining(refused));
      }
    }
    expect(parseJson('"\\ud83d\\ude00"')).toBe('😀');
  });

  test('never repeats the text in its message', () => {
    for (const text of ['secret', '{"a":secret}', '{"constructor":"secret"}', '"secret\\u0000"']) {
      expect(() => parseJson(text)).toThrow(
        expect.not.objectContaining({ message: expect.stringContaining('secret') }),
      );
    }
  });
});

test('[M4] requireCleanString takes every well-formed text without U+0000', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      if (text.isWellFormed() && !text.includes('\0')) requireCleanString(text);
      else expect(() => requireCleanString(text)).toThrow(expect.objectContaining(refused));
    }),
  );
});

/** Errs on the side of unclean. */
function isClean(text: string): boolean {
  return text.isWellFormed() && !/\0|\\u0000|\\ud|__proto__|constructor|prototype/.test(text);
}
