// The table of metrics is what the sources count and measure, and the page is made from it.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { METRICS } from './metrics.js';
import { metricsPage } from './metrics-page.js';

const SOURCES = fileURLToPath(new URL('..', import.meta.url));
/** Put together of a part and a word. */
const MADE = [
  ...['key_known', 'number_taken', 'refused', 'disk_full', 'unknown'].map((word) => `kith_append_${word}_total`),
  ...['search', 'hooks'].flatMap((name) => [`kith_${name}_conversations_behind`, `kith_${name}_catching_up`]),
];

function written(): readonly string[] {
  const files = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' });
  const names = files
    .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|\/metrics(?:-page)?\.ts$/.test(file))
    .flatMap((file) => readFileSync(`${SOURCES}/${file}`, 'utf8').match(/(?<!\w)kith_[a-z_]*[a-z](?![\w$])/g) ?? []);
  return [...new Set([...names, ...MADE])].sort();
}

test('docs/metrics.md says what the table says', async () => {
  await expect(metricsPage()).toMatchFileSnapshot('../../../../docs/metrics.md');
});

test('the table has every metric of the sources, and no other', () => {
  expect([...METRICS.keys()].sort()).toEqual(written());
});

test('names say what they are: counters end with _total, durations with _seconds, and nothing else does', () => {
  for (const [name, { kind, help }] of METRICS) {
    expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
    expect([name, name.endsWith('_seconds')]).toEqual([name, kind === 'histogram']);
    expect(help.length).toBeGreaterThan(5);
  }
});
