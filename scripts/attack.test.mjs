// The corpus of attacks is what is there to attack with: nothing that is gone, and nothing left out that belongs to it.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
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
