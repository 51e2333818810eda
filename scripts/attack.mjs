/**
 * `npm run attack`: what an attacker would try, against real processes of this build: each line below is a file of tests
 * that fails where something gives way. `--list` only says what there is. It needs no network; the hostile texts in a
 * real browser are left out, by name, where there is no Chromium.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Files of tests, and what they try. */
const ATTACKS = {
  'packages/server/test/edge-cases.test.ts':
    'bad input row by row: frames, bodies, tokens, origins, floods, slow clients',
  'packages/server/test/edge-cases-at-once.test.ts':
    'races at limits, a thousand connections, thousands of random frames',
  'packages/server/test/edge-limits.test.ts': 'bounds of connections, handshakes, heads and slow readers',
  'packages/server/test/injection.test.ts':
    'SQL, patterns, paths, headers and templates in every field of every request',
  'packages/server/test/hostile-http.test.ts':
    'forms of other pages, bombs, slow bodies, floods of headers, two requests in one, random requests',
  'packages/protocol/src/codec-fuzz.test.ts': 'random texts at the one parser of network input',
  'packages/server/src/edge/assertions.test.ts': 'forged assertions of a product: other algorithms, keys, times',
  'packages/server/src/edge/webhook-sender.test.ts': 'webhooks that lead into the own network',
  'packages/server/test/permissions.test.ts': 'every request by everyone who may not ask it, over every way of asking',
  'packages/server/test/scopes.test.ts': 'every request by sessions that may do less',
  'packages/server/test/tls.test.ts': 'plain http, old TLS, silent handshakes, broken certificates',
  'packages/server/test/printed.test.ts': 'secrets and texts in what the server prints',
  'packages/server/src/edge/tokens.test.ts': 'forged access tokens: other keys, algorithms, claims',
  'packages/server/src/core/accounts/sign-in-guard.test.ts': 'guessing passwords, and locking others out by it',
  'packages/server/src/core/accounts/sign-ins.test.ts': 'stolen refresh tokens, and sessions that have ended',
  'packages/server/src/edge/client-address.test.ts': 'addresses that are made up in X-Forwarded-For',
  'apps/cli/src/slack/slack.test.ts': 'archives to import that lie of their size',
  'packages/protocol/src/json.test.ts': 'JSON that is deep, unclean, or names prototypes',
  'e2e/hostile-text.test.ts': 'markup and script in texts and names, in a real browser',
};

const missing = Object.keys(ATTACKS).filter((path) => !existsSync(join(root, path)));
if (missing.length > 0) {
  console.error(`the corpus names files that are not there: ${missing.join(', ')}`);
  process.exitCode = 1;
} else {
  for (const [path, what] of Object.entries(ATTACKS)) console.log(`${what}\n  ${path}`);
  if (!process.argv.includes('--list')) process.exitCode = attack();
}

function attack() {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const result = spawnSync(process.execPath, [vitest, 'run', ...Object.keys(ATTACKS)], { cwd: root, stdio: 'inherit' });
  return result.status ?? 1;
}
