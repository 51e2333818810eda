// A client that was written in another language from docs/protocol/v1.md alone talks to the real process, through kills of
// both, and holds in the end what the server holds. Needs Python with the library `websockets`; left out by name without.
import { randomUUID } from 'node:crypto';
import type { Entry, SignedIn, Summary, Written } from '@kith/protocol';
import { type Answer, type Asked, ask } from '@kith/testkit/conformance/http-client';
import { leftovers } from '@kith/testkit/faults/leftovers';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { until } from '@kith/testkit/faults/until';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findPython } from '../../../scripts/prerequisites.mjs';
import { PythonClient } from './fixtures/python-client.js';

const python = findPython();
const PASSWORD = 'seven tall herons 41';
const SOON = { withinMs: 30_000 };
const LIMIT = 200;
/** More than a page of the log, so that the first reading takes two. */
const BEFORE = 210;

describe.skipIf(python === null)('the client in Python, written from the page alone,', () => {
  let postgres: TestServer;
  let database: string;
  let server: ServerProcess;
  let client: PythonClient;
  let ann: SignedIn;
  let ben: SignedIn;
  let conversation: string;

  beforeAll(async () => {
    const [kind] = availableServers();
    if (kind === undefined) throw new Error('a PostgreSQL is wanted: npm install brings one');
    postgres = await startPostgres(kind);
  });

  afterAll(async () => {
    await postgres?.stop();
    expect(await leftovers()).toEqual([]);
  });

  beforeEach(async () => {
    client = new PythonClient(python ?? '', PASSWORD);
    database = await postgres.createDatabase();
    server = await start('0');
    [ann, ben] = [await signUp('ann'), await signUp('ben')];
    const members = [ann.user.id];
    conversation = (await patiently<Summary>(ben, 'POST /v1/conversations', { kind: 'direct', members })).id;
  });

  afterEach(async () => {
    try {
      await client?.stop();
    } finally {
      await server?.kill();
    }
  });

  it('[C2] [C4] [C8] [M10] holds the log entry by entry after both were killed with -9 in the middle of sends', async () => {
    for (let sent = 0; sent < BEFORE; sent += 10) await Promise.all(words(10, `before ${sent}`).map(say));
    expect(await client.run('sign-in', server.url, 'ann')).toBe('signed in as ann\n');
    expect(await client.run('list')).toContain(`${BEFORE + 1} of ${BEFORE + 1}`);
    expect(await client.run('send', 'ben', 'two words')).toBe(`sent as ${BEFORE + 2}\n`);

    const said: Written[] = [];
    const typed: string[] = [];
    const following = client.follow('ben');
    await until('it follows', () => following.entries.length > 0, SOON);
    for (const turn of [1, 2]) {
      // Both go on and on, so that the kill comes between the parts of a send, whenever it comes.
      let isTalking = true;
      const typing = setInterval(() => {
        const lines = words(3, `ann ${typed.length}`);
        typed.push(...lines);
        following.type(lines);
      }, 10);
      const saying = (async () => {
        while (isTalking) said.push(await say(`ben ${said.length}`));
      })();
      try {
        const [heard, shown] = [said.length + 10, following.entries.length + 50];
        await until('both got through', () => said.length > heard && following.entries.length > shown, SOON);
        await server.kill();
        const later = following.queued.length + 20;
        await until('more waits in the outbox', () => following.queued.length > later, SOON);
      } finally {
        isTalking = false;
        clearInterval(typing);
      }
      await until('all is in the outbox', () => following.queued.length === typed.length, SOON);
      // The first time it comes back by itself; the second time it is killed too, and another run sends what it left.
      if (turn === 2) await following.kill();
      if (turn === 2) client.follow('ben');
      server = await start(new URL(server.url).port);
      await saying;
      const all = BEFORE + 2 + typed.length + said.length;
      await until('all is sent', async () => (await summary()).head === all, SOON);
    }

    await say('the last word');
    const entries = await log();
    // What it says is delivered lies on its disk.
    const delivered = async () => (await summary()).peer?.delivered ?? 0;
    await until('its person has got everything', async () => (await delivered()) === entries.length, SOON);
    expect(await held()).toEqual(entries);
    expect(following.complaints).toBe('');
    const own = entries.filter(({ key }) => following.queued.includes(key ?? ''));
    expect(own.map(({ body }) => body.text)).toEqual(typed);
    expect(own.map(({ key }) => key)).toEqual(following.queued);
    expect(said.map(({ seq }) => entries[seq - 1]?.body.text)).toEqual(said.map((_, index) => `ben ${index}`));
    const allKeys = entries.flatMap(({ key }) => key ?? []);
    expect(new Set(allKeys).size).toBe(allKeys.length);
  });

  it('[L4] [H9] [C9] goes on with a fresh token, and from a cursor of another store, until its session is over', async () => {
    await client.run('sign-in', server.url, 'ann');
    await say('one');
    // Several runs on one file at once.
    const sent = await Promise.all(words(4, 'at-once').map((text) => client.run('send', 'ben', text)));
    expect(sent.toSorted()).toEqual([3, 4, 5, 6].map((seq) => `sent as ${seq}\n`));
    await client.meddle(`UPDATE state SET value = '"of another store"' WHERE name = 'cursor'`);
    await client.meddle("UPDATE state SET value = json_set(value, '$.accessToken', 'no token') WHERE name = 'tokens'");
    await say('two');
    expect((await client.run('read', '--json', '--all', 'ben')).trim().split('\n')).toHaveLength(7);
    expect(await held()).toEqual(await log());

    const { items } = await patiently<{ items: { id: string; device: string | null }[] }>(ann, 'GET /v1/sessions');
    const session = items.find(({ device }) => device === 'kith-python/1.0');
    await patiently(ann, `DELETE /v1/sessions/${session?.id}`);
    await expect(client.run('list')).rejects.toThrow('SignedOut');
  });

  it('does as the page says where a server follows a script: gaps, other epochs, resets, refusals, silence', async () => {
    expect(await client.test()).toMatch(/\nRan \d\d tests in .*\n\nOK\n$/);
  });

  function start(port: string): Promise<ServerProcess> {
    const environment = { DATABASE_URL: database, LOG_LEVEL: 'warn', PORT: port };
    return ServerProcess.start({ entry: ENTRIES.server, environment });
  }

  async function signUp(username: string): Promise<SignedIn> {
    return await patiently<SignedIn>(null, 'POST /v1/accounts', { username, password: PASSWORD });
  }

  /** Ben says something over HTTP, and repeats it with its key until it is answered. */
  function say(text: string): Promise<Written> {
    return patiently<Written>(ben, `POST /v1/conversations/${conversation}/messages`, { key: randomUUID(), text });
  }

  async function patiently<T>(person: SignedIn | null, route: string, body?: object): Promise<T> {
    const asked: Asked = { token: person?.accessToken, body };
    const once = () => ask<T>(server.url, route, asked).catch((): Answer<T> | null => null);
    const { body: answer } = await until(`an answer to ${route}`, async () => taken(await once()), SOON);
    return answer;
  }

  function summary(): Promise<Summary> {
    return patiently<{ summary: Summary }>(ben, `GET /v1/conversations/${conversation}`).then((read) => read.summary);
  }

  /** The server's log. */
  async function log(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (let from = ''; ; ) {
      const route = `GET /v1/conversations/${conversation}/entries?limit=${LIMIT}${from}`;
      const page = await patiently<{ epoch: number; head: number; entries: Entry[] }>(ben, route);
      entries.push(...page.entries);
      if (entries.length === page.head) return entries;
      from = `&epoch=${page.epoch}&after=${entries.length}`;
    }
  }

  /** The client's log, as it lies on its disk. */
  async function held(): Promise<readonly Entry[]> {
    const printed = await client.run('read', '--offline', '--json', '--all', conversation);
    return printed
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Entry);
  }
});

function words(count: number, what: string): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${what} ${index}`);
}

/** Null where it is to be asked again: the server was away, or said so. @throws Error where it refused */
function taken<T>(answer: Answer<T> | null): Answer<T> | null {
  if (answer === null || answer.status === 503) return null;
  if (answer.status < 300) return answer;
  throw new Error(`answered with ${answer.status}: ${answer.text}`);
}
