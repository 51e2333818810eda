// What `npm run dev` writes for a source that was saved is what the compiler writes for it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { compiledPath, compiledText } from './compile.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

it.each([
  'packages/server/src/edge/static.ts',
  'packages/server/src/core/chat-core.ts',
  'packages/protocol/src/commands.ts',
  'packages/sdk/src/chat.ts',
  'packages/react/src/index.ts',
  'apps/cli/src/run.ts',
])('%s is compiled as by tsc', (path) => {
  const target = compiledPath(path);
  expect(target).not.toBe(null);
  const built = readFileSync(join(root, target ?? ''), 'utf8').replace(/\/\/# sourceMappingURL=.*\n?$/, '');
  expect(compiledText(root, path).trim()).toBe(built.trim());
});

it.each([
  'packages/server/src/edge/outbox.test.ts',
  'apps/web/src/main.tsx',
  'packages/server/test/tls.test.ts',
  'docs/apps.md',
])('%s has no compiled file', (path) => {
  expect(compiledPath(path)).toBe(null);
});
