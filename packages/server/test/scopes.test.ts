// [H13] What a session may do: every command and operation of the registry is asked with each scope, over HTTP, as a frame
// over HTTP and over the socket. Each is let through with the scope that its row names and with no other, whatever the
// roles of its person, who here may do all of it.
import { REGISTRY, type RequestName, SCOPES, type Scope } from '@kith/protocol';
import { gatherParams } from '@kith/server/edge/request-params';
import { type Client, Refused } from '@kith/testkit/conformance/client';
import type { Answer, Asked } from '@kith/testkit/conformance/http-client';
import { REQUESTS, type Scene } from '@kith/testkit/conformance/routes';
import { type Person, World } from '@kith/testkit/conformance/world';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backstage } from './fixtures/backstage.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { type Fields, isCommand } from './fixtures/registry-request.js';

const NAMES = Object.keys(REGISTRY) as RequestName[];
const COMMANDS = NAMES.filter(isCommand);
const PAIRS = [['read', 'write'] as const, ['read', 'account'] as const, ['write', 'account'] as const];
/** Choices of scopes that a session can be asked to have: each alone, and all; in the nightly run two together, too. */
const CHOICES: readonly (readonly Scope[])[] = [
  ...SCOPES.map((scope) => [scope]),
  ...(process.env.NIGHTLY === undefined ? [] : PAIRS),
  SCOPES,
];

type SignedUp = { readonly accessToken: string; readonly refreshToken: string; readonly session: string };
type Parts = {
  readonly server: RealServer;
  readonly world: World;
  readonly backstage: Backstage;
  /** A session of `ann`'s for each choice of scopes. */
  readonly sessions: ReadonlyMap<readonly Scope[], Person>;
};

const opened: { parts?: Parts } = {};

function parts(): Parts {
  if (!opened.parts) throw new Error('the server is not there yet');
  return opened.parts;
}

beforeAll(async () => {
  const server = await startRealServer({ RATE_FACTOR: '1000' });
  const world = new World(() => server.url);
  opened.parts = { server, world, backstage: new Backstage(server.databaseUrl), sessions: new Map() };
  await world.fill(16);
  const sessions = new Map<readonly Scope[], Person>();
  for (const scopes of CHOICES) sessions.set(scopes, await narrowed(people().ann, scopes));
  opened.parts = { ...opened.parts, sessions };
});

afterAll(async () => {
  await opened.parts?.world.leave();
  await opened.parts?.backstage.close();
  await opened.parts?.server.stop();
});

/** One more session of a person, with these scopes. */
async function narrowed(person: Person, scopes: readonly Scope[]): Promise<Person> {
  const { username, password } = person;
  const answer = await parts().world.ask<SignedUp>(null, 'POST /v1/sessions', { body: { username, password, scopes } });
  expect(answer).toMatchObject({ status: 201, body: { scopes } });
  const { accessToken: token, refreshToken, session } = answer.body;
  return { ...person, token, refreshToken, session };
}

function people() {
  const [ann, ben, cid] = parts().world.everyone;
  if (!ann || !ben || !cid) throw new Error('three are wanted');
  return { ann, ben, cid };
}

/** A new group of the same people's. */
async function scene(): Promise<Scene> {
  const { world } = parts();
  const { ann, ben, cid } = people();
  return { world, group: await world.group(ann, [ben]), ann, ben, cid, connection: '' };
}

/** `ann` with these scopes; one who signs out does so with a session of their own. */
async function annWith(scopes: readonly Scope[], name?: RequestName): Promise<Person> {
  const session = parts().sessions.get(scopes);
  if (session === undefined || name === 'session.end') return narrowed(people().ann, scopes);
  return session;
}

type Request = { readonly route: string; readonly asked: Asked; readonly fields: Fields };

/** A good request of `ann`'s, as its route and as the fields of its frame. */
async function requestOf(name: RequestName, set: Scene): Promise<Request> {
  const { path = {}, query = '', body } = await REQUESTS[name](set);
  const { method, path: pattern } = REGISTRY[name];
  const filled = pattern.replace(/:(\w+)/g, (_, field: string) => encodeURIComponent(String(path[field])));
  const hasBody = method !== 'GET' && method !== 'DELETE';
  return {
    route: `${method} /v1${filled}${query === '' ? '' : `?${query}`}`,
    asked: hasBody ? { body: body ?? {} } : {},
    fields: gatherParams(name, {
      path: Object.fromEntries(Object.entries(path).map(([field, value]) => [field, String(value)])),
      query: Object.fromEntries(new URLSearchParams(query)),
      body: body === undefined ? undefined : JSON.stringify(body),
      idempotencyKey: undefined,
    }),
  };
}

/** What is refused for its scope can be asked again as it is; anything else is made anew. */
function leftAsItWas(request: Request, answer: string): Request | null {
  return answer.startsWith('forbidden: ') ? request : null;
}

/** `ok`, or the code of the refusal, with the scope that it says is missing. */
function told({ status, body }: Answer): string {
  if (status < 300) return 'ok';
  const [, missing] = /the scope (\w+) is missing/.exec(String(body.message)) ?? [];
  return missing === undefined ? String(body.code) : `${body.code}: ${missing}`;
}

async function overSocket(client: Client, name: RequestName, fields: Fields): Promise<string> {
  try {
    await client.command(name, fields);
    return 'ok';
  } catch (error) {
    if (error instanceof Refused) return told({ status: 403, body: error.frame } as unknown as Answer);
    throw error;
  }
}

function expected(name: RequestName, scopes: readonly Scope[]): string {
  const { scope } = REGISTRY[name];
  if (scope !== null && !scopes.includes(scope)) return `forbidden: ${scope}`;
  // Presence is set on a connection: without one there is a fault beyond scopes.
  return name === 'presence.set' ? 'bad_request' : answered(name);
}

/** What is asked of a bot is the bot's, and `ann` is none. */
function answered(name: RequestName): string {
  return name === 'invocation.take' || name === 'invocation.answer' ? 'not_found' : 'ok';
}

describe('over HTTP', () => {
  test.each(NAMES)('%s is let through with the scope of its row, and refused with every other', async (name) => {
    const answers: { [scopes: string]: string } = {};
    const expectations: { [scopes: string]: string } = {};
    let request: Request | null = null;
    for (const scopes of CHOICES) {
      request ??= await requestOf(name, await scene());
      const who = await annWith(scopes, name);
      const answer = told(await parts().world.ask(who, request.route, request.asked));
      answers[scopes.join(' ')] = answer;
      request = leftAsItWas(request, answer);
      expectations[scopes.join(' ')] = expected(name, scopes);
    }
    expect(answers).toEqual(expectations);
  });

  test.each(COMMANDS)('the frame of %s is let through with the scope of its row alone', async (name) => {
    const answers: { [scopes: string]: string } = {};
    const expectations: { [scopes: string]: string } = {};
    let request: Request | null = null;
    for (const scopes of CHOICES) {
      request ??= await requestOf(name, await scene());
      const body = { type: 'command', id: 1, name, params: request.fields };
      const who = await annWith(scopes, name);
      const answer = told(await parts().world.ask(who, 'POST /v1/commands', { body }));
      answers[scopes.join(' ')] = answer;
      request = leftAsItWas(request, answer);
      expectations[scopes.join(' ')] = expected(name, scopes);
    }
    expect(answers).toEqual(expectations);
  });

  test('signals need the scope `write`', async () => {
    const { group } = await scene();
    const body = { type: 'signal', name: 'typing', conversation: group.id };
    for (const scopes of CHOICES) {
      const answer = await parts().world.ask(await annWith(scopes), 'POST /v1/signals', { body });
      expect([scopes, told(answer)]).toEqual([scopes, scopes.includes('write') ? 'ok' : 'forbidden: write']);
    }
  });
});

describe('over the socket', () => {
  const reading = CHOICES.filter((scopes) => scopes.includes('read'));

  test.each(COMMANDS)('%s is let through with the scope of its row, and refused with every other', async (name) => {
    let request: Request | null = null;
    for (const scopes of reading) {
      request ??= await requestOf(name, await scene());
      const client = await parts().world.connect(await annWith(scopes));
      const answer = await overSocket(client, name, request.fields);
      request = leftAsItWas(request, answer);
      const { scope } = REGISTRY[name];
      const isAllowed = scope !== null && scopes.includes(scope);
      expect([scopes, answer]).toEqual([scopes, isAllowed ? answered(name) : `forbidden: ${scope}`]);
      await client.close();
    }
  });

  test.each(CHOICES.filter((scopes) => !scopes.includes('read')).map((scopes) => [scopes]))(
    'a hello with %j alone closes with 4405',
    async (scopes) => {
      const client = await parts().world.open();
      client.send({ type: 'hello', token: (await narrowed(people().ann, scopes)).token });
      expect((await client.ended).code).toBe(4405);
      expect(client.frames).toEqual([]);
    },
  );

  test('a signal of a session that may only read is dropped', async () => {
    const { world, group, ann, ben, cid } = await scene();
    await world.do(ann, `PUT /v1/conversations/${group.id}/members/${cid.id}`, {});
    const listener = await world.connect(ben);
    const reader = await world.connect(await narrowed(ann, ['read']));
    reader.signal('typing', { conversation: group.id });
    reader.signal('marks', { conversation: group.id, epoch: group.epoch, read: 1 });
    await reader.settle();
    const other = await world.connect(cid);
    other.signal('typing', { conversation: group.id });
    other.signal('marks', { conversation: group.id, epoch: group.epoch, read: 1 });
    // Both are gathered: what the reader had said would come with these, or before.
    for (const name of ['typing', 'marks']) {
      await listener.until((frame) => frame.type === 'signal' && frame.name === name);
      expect(JSON.stringify(listener.signals(name, group.id))).not.toContain(ann.id);
    }
  });

  test('a connection that may only read shows its person to nobody, one that may write does', async () => {
    const { world } = parts();
    const [hidden, watcher] = [world.alone(), await world.connect(world.alone())];
    await world.connect(await narrowed(hidden, ['read']));
    const watched = await watcher.command('presence.watch', { users: [hidden.id] });
    expect(watched.presence).toEqual([{ user: hidden.id, status: 'offline' }]);
    await world.connect(await narrowed(hidden, ['read', 'write']));
    const told = await watcher.until((frame) => frame.type === 'signal' && frame.name === 'presence');
    expect(told).toMatchObject({ presence: [{ user: hidden.id, status: 'online' }] });
  });
});

describe('a session', () => {
  test('keeps its scopes when it is refreshed, and shows them', async () => {
    const { world, group, ann } = await scene();
    const narrow = await narrowed(ann, ['read']);
    const body = { refreshToken: narrow.refreshToken };
    const refreshed = await world.ask<SignedUp>(null, 'POST /v1/sessions/refresh', { body });
    expect(refreshed).toMatchObject({ status: 200, body: { scopes: ['read'] } });
    const token = refreshed.body.accessToken;
    const send = `POST /v1/conversations/${group.id}/messages`;
    expect(told(await world.ask(null, 'GET /v1/me', { token }))).toBe('ok');
    const said = { token, body: { text: 'x' }, headers: { 'idempotency-key': narrow.session } };
    expect(await world.ask(null, send, said)).toMatchObject({
      status: 403,
      body: { code: 'forbidden', message: 'the scope write is missing: this session has read' },
    });
    const { items } = await world.do<{ items: { id: string; scopes: string[] }[] }>(ann, 'GET /v1/sessions');
    expect(items.find(({ id }) => id === narrow.session)?.scopes).toEqual(['read']);
    expect(items.find(({ id }) => id === ann.session)?.scopes).toEqual(SCOPES);
  });

  test('of a time without scopes has all of them', async () => {
    const { world, ann } = await scene();
    const token = await parts().backstage.token(ann, {});
    for (const name of ['me.read', 'me.update', 'setting.set', 'sessions.list'] as const) {
      const { route, asked } = await requestOf(name, await scene());
      expect([name, told(await world.ask(null, route, { ...asked, token }))]).toEqual([name, 'ok']);
    }
  });

  test.each([[[]], [['admin']], [['read', 'admin']], ['read'], [null], [Array(17).fill('read')]])(
    'is not made with the scopes %j',
    async (scopes) => {
      const { username, password } = people().ann;
      const body = { username, password, scopes };
      const answer = await parts().world.ask(null, 'POST /v1/sessions', { body });
      expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
    },
  );
});
