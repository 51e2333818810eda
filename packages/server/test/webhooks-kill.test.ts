// [A15] The server is killed in the middle of delivering: whoever comes next delivers what is left, and nothing is lost.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { NewOutgoingHook } from '@kith/protocol';
import { makeBot } from '@kith/testkit/conformance/bots';
import { World } from '@kith/testkit/conformance/world';
import { availableServers, startPostgres } from '@kith/testkit/postgres-server';
import { expect, onTestFinished, test } from 'vitest';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const MESSAGES = 40;

type Process = { readonly child: ChildProcess; readonly url: string };

async function start(databaseUrl: string): Promise<Process> {
  const more = {
    PORT: '0',
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'warn',
    EGRESS_ALLOW: '127.0.0.1',
    RATE_FACTOR: '100',
  };
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, ...more },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  for await (const text of child.stdout) {
    const [, url] = /Kith is at (\S+)\n/.exec(String(text)) ?? [];
    if (url !== undefined) return { child, url };
  }
  throw new Error('the server did not start');
}

async function kill({ child }: Process): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

test('[A15] kill -9 in the middle loses no delivery', { timeout: 180_000 }, async () => {
  const [kind] = availableServers();
  if (kind === undefined) throw new Error('this machine has no PostgreSQL to run');
  const postgres = await startPostgres(kind);
  onTestFinished(() => postgres.stop());
  const database = await postgres.createDatabase();
  const taken: string[] = [];
  const receiver = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const { text } = (JSON.parse(body) as { data: { entry: { body: { text: string } } } }).data.entry.body;
      setTimeout(() => {
        taken.push(text);
        response.writeHead(204).end();
      }, 20);
    });
  });
  receiver.listen(0, '127.0.0.1');
  onTestFinished(() => void receiver.close());
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const until = async (count: number) => {
    while (new Set(taken).size < count) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  let server = await start(database);
  const world = new World(() => server.url);
  await world.fill(2);
  const made = await makeBot(world);
  const owner = await world.owner();
  const asked = { bot: made.bot.id, name: 'x', url, events: ['message.sent'] };
  await world.do<NewOutgoingHook>(owner, 'POST /v1/hooks/outgoing', asked);
  const groups = [await world.group(owner, [made.person]), await world.group(owner, [made.person])];
  const wanted: string[] = [];
  for (let count = 0; count < MESSAGES; count += 1) {
    const [text, group] = [`message ${count}`, groups[count % 2]];
    if (group !== undefined) await world.send(owner, group.id, text);
    wanted.push(text);
  }
  await until(5);
  await kill(server);
  const before = new Set(taken).size;
  expect(before).toBeLessThan(MESSAGES);
  server = await start(database);
  await world.send(owner, groups[0]?.id ?? '', 'the last one');
  wanted.push('the last one');
  await until(wanted.length);
  expect(taken.filter((text, index) => taken.indexOf(text) === index).toSorted()).toEqual(wanted.toSorted());
  // Of one conversation each came first in its order.
  const firsts = [...new Set(taken)]
    .filter((text) => /\d*[02468]$/.test(text))
    .map((text) => Number(text.split(' ')[1]));
  expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
});
