// A release in a clean folder: `npx ./kith-x.y.z.tgz serve` is all there is to a server, and the command beside it works.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CleanFolder, openTalk, packRelease, type RunningRelease, textsIn } from './fixtures/release.js';

let folder: CleanFolder;
let server: RunningRelease;

beforeAll(async () => {
  folder = await CleanFolder.make(await packRelease());
  server = await folder.serve();
}, 600_000);
afterAll(async () => {
  await server?.stop();
  await folder?.remove();
});

it('serves with nothing installed but the release: people sign up and talk over HTTP', async () => {
  const { ann, ben, conversation } = await openTalk(server, 'first');
  await server.ask(`POST /v1/conversations/${conversation}/messages`, {
    token: ann.accessToken,
    body: { key: crypto.randomUUID(), text: 'from a tarball' },
  });
  expect(await textsIn(server, ben.accessToken, conversation)).toEqual(['from a tarball']);
});

it('gives out the page, compressed where that is taken', async () => {
  const page = await fetch(server.url, { headers: { 'accept-encoding': 'br' } });
  expect(page.headers.get('content-encoding')).toBe('br');
  expect(await page.text()).toContain('<script type="module"');
});

it('gives out the document site, with the page about the API in it', async () => {
  const [index, api] = [await fetch(`${server.url}/docs`), await fetch(`${server.url}/docs/api.html`)];
  expect(index.url).toBe(`${server.url}/docs/`);
  expect(await index.text()).toContain('<input type="search"');
  expect(await api.text()).toContain('/v1/conversations/{conversation}/messages');
});

it('has the command beside it, which finds the server and says how it is', async () => {
  const { code, out } = await folder.kith(['doctor', '--json'], { PORT: String(server.port) });
  const { isWell, findings } = JSON.parse(out) as { isWell: boolean; findings: readonly { what: string }[] };
  expect({ code, isWell }).toEqual({ code: 0, isWell: true });
  expect(findings.map(({ what }) => what)).toEqual(expect.arrayContaining(['page', 'database', 'schema']));
  // The prover's threads are started by their path.
  expect(await folder.kith(['prove', '--runs', '4'])).toMatchObject({ code: 0 });
});

it('has brought no tool of development, and leaves nothing running', async () => {
  const installed = join(folder.path, 'cache', '_npx', (await readdir(join(folder.path, 'cache', '_npx')))[0] ?? '');
  for (const name of ['typescript', 'vitest', 'vite', 'rolldown', 'playwright-core']) {
    expect(existsSync(join(installed, 'node_modules', name))).toBe(false);
    expect(existsSync(join(installed, 'node_modules', 'kith', 'node_modules', name))).toBe(false);
  }
  await server.stop();
  expect(server.said).toMatch(/"reason":"SIGINT","msg":"ending"/);
  await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
});
