// What the doctor says of the engine that SEARCH_URL names.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '@kith/server/config/load';
import { expect, test } from 'vitest';
import { checkSearch } from './search.js';

const found = (environment: { readonly [name: string]: string }) =>
  checkSearch(loadConfig({ environment, readFile: () => null }));

test('says whether the engine of SEARCH_URL answers, and whether it is one, and shows no password', async () => {
  const answers = [[[0, 0, 0], { version: '13.0.0' }], { hello: 'world' }];
  const engine = createServer((_request, response) => void response.end(JSON.stringify(answers.shift())));
  await once(engine.listen(0, '127.0.0.1'), 'listening');
  const { port } = engine.address() as AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  const [well] = await found({ SEARCH_URL: `${origin}/` });
  expect(well).toMatchObject({ health: 'ok', found: `Groonga 13.0.0 answers at ${origin}` });
  const [other] = await found({ SEARCH_URL: origin });
  expect(other).toMatchObject({ health: 'fail', found: expect.stringContaining('is no Groonga') });
  engine.close();
  engine.closeAllConnections();
  const [away] = await found({ SEARCH_URL: origin.replace('//', '//someone:hunter2@') });
  expect(away).toMatchObject({ health: 'fail', found: `nothing answers at ${origin}` });
  expect(await found({})).toEqual([]);
});
