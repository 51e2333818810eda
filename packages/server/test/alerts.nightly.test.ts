// The alert rules that are shipped, read by Prometheus's own promtool where it is installed (Debian: prometheus). Its package is
// too large for set-up to fetch, so this is for the night, and for machines that have it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

const FILE = fileURLToPath(new URL('../../../deploy/alerts.yml', import.meta.url));
const PROMTOOL = process.env.PROMTOOL ?? 'promtool';
const isThere = spawnSync(PROMTOOL, ['--version']).status === 0;

describe.runIf(isThere)('promtool', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kith-alerts-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const check = (path: string) => {
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'rules', path], { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };

  test('takes every rule that is shipped', () => {
    const rules = readFileSync(FILE, 'utf8').match(/^\s+- (?:alert|record): /gm) ?? [];
    expect(check(FILE)).toEqual({ status: 0, said: expect.stringContaining(`SUCCESS: ${rules.length} rules found`) });
  });

  test('refuses one whose expression is broken, and so looks at them', () => {
    const broken = join(folder, 'broken.yml');
    writeFileSync(broken, readFileSync(FILE, 'utf8').replace(/expr: (?![|>])(.+)/, 'expr: $1 ) by ('));
    expect(check(broken)).toMatchObject({ status: 1, said: expect.stringContaining('FAILED') });
  });
});
