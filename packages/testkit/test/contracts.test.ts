// docs/contracts.md and the contract suites must name the same rules: a rule without a test is a hope, and a test that
// quotes a rule which is not written down shows nothing.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const SUITES = `${ROOT}packages/testkit/src/contracts`;

/** `- **LOG1** …` in the document. */
const RULE = /^- \*\*([A-Z]+\d+)\*\* \S/gm;
/** The title of a test that is not skipped: `test('[LOG1] …'`. */
const TITLE = /\b(?:test|it)(?:\.concurrent|\.each\([^)]*\))?\(\s*(['"`])((?:\[[A-Z]+\d+\]\s*)+)/g;

export function rulesIn(document: string): readonly string[] {
  return [...document.matchAll(RULE)].map(([, rule = '']) => rule);
}

export function rulesQuotedIn(source: string): readonly string[] {
  return [...source.matchAll(TITLE)].flatMap(([, , quotes = '']) => quotes.match(/[A-Z]+\d+/g) ?? []);
}

function suites(): string {
  const files = readdirSync(SUITES).filter((name) => name.endsWith('.ts'));
  return files.map((name) => readFileSync(`${SUITES}/${name}`, 'utf8')).join('\n');
}

describe('the contracts', () => {
  const rules = rulesIn(readFileSync(`${ROOT}docs/contracts.md`, 'utf8'));
  const quoted = rulesQuotedIn(suites());

  test('no rule is numbered twice, and the numbers of each contract are a row from 1', () => {
    const prefixes = [...new Set(rules.map((rule) => rule.replace(/\d+$/, '')))];
    expect(prefixes).toEqual(expect.arrayContaining(['LOG', 'BUS']));
    for (const prefix of prefixes) {
      const numbers = rules.filter((rule) => rule.replace(/\d+$/, '') === prefix);
      expect(numbers).toEqual(numbers.map((_, index) => `${prefix}${index + 1}`));
    }
  });

  test('every rule has a test that quotes it', () => {
    expect(rules.filter((rule) => !quoted.includes(rule))).toEqual([]);
  });

  test('every rule that a test quotes is written down', () => {
    expect(quoted.filter((rule) => !rules.includes(rule))).toEqual([]);
  });

  test('a rule without a test, a skipped test and a test of an unknown rule are seen', () => {
    expect(rulesIn('- **LOG1** One.\n- **LOG2** Two.\nLOG3 is prose')).toEqual(['LOG1', 'LOG2']);
    expect(
      rulesQuotedIn("test('[LOG1] [LOG2] both', f);\ntest.skip('[LOG3] no', f); test.todo('[LOG4] later')"),
    ).toEqual(['LOG1', 'LOG2']);
    expect(rulesQuotedIn('test(\n  `[BUS9] after $' + '{x}`, f)')).toEqual(['BUS9']);
  });
});
