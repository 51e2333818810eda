// The corpus of attacks is what is there to attack with: nothing that is gone, and nothing left out that belongs to it.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const SCRIPT = fileURLToPath(new URL('attack.mjs', import.meta.url));

it('names every file of edge cases, injections and hostile texts, and only files that exist', () => {
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, '--list'], { encoding: 'utf8' });
  expect(status).toBe(0);
  for (const folder of ['packages/server/test', 'e2e']) {
    const files = readdirSync(new URL(`../${folder}`, import.meta.url));
    const belonging = files.filter((name) =>
      /^(?:edge-cases.*|injection.*|hostile.*|scopes|tls)\.test\.ts$/.test(name),
    );
    expect(belonging).not.toEqual([]);
    for (const name of belonging) expect(stdout).toContain(`  ${folder}/${name}\n`);
  }
});

it('the page about attacks names tests that there are, and every file that is tried but for helpers', () => {
  const read = (/** @type {string} */ path) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
  const rows = read('docs/security.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && line.includes('.test.'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
  expect(rows.length).toBeGreaterThan(30);
  for (const [, , tests = '', file = ''] of rows) {
    const source = read(file.replaceAll('`', ''));
    for (const [, title = ''] of tests.matchAll(/`([^`]+)`/g))
      expect([file, source.includes(title)]).toEqual([file, true]);
  }
  const { stdout } = spawnSync(process.execPath, [SCRIPT, '--list'], { encoding: 'utf8' });
  const tried = [...stdout.matchAll(/^ {2}(\S+)$/gm)].map(([, path = '']) => path);
  const said = rows.map(([, , , file = '']) => file.replaceAll('`', ''));
  // What these hold is a part of what another row says.
  const beside = ['packages/server/src/edge/client-address.test.ts', 'packages/protocol/src/json.test.ts'];
  expect(tried.filter((path) => !said.includes(path))).toEqual(beside);
});
