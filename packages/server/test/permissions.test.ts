// Who may do what: every command and route, asked by everyone who could ask, in every kind of conversation, over the
// socket, over HTTP and as a frame over HTTP. What is expected comes from PERMISSIONS and from the rules that stand
// beside it in docs/permissions.md, and from nowhere else.
import {
  type Action,
  type CommandName,
  isAllowed,
  isAllowedInWorkspace,
  RANKS,
  REGISTRY,
  type RequestName,
  type Role,
  WORKSPACE_ROLES,
  type WorkspaceAction,
  type WorkspaceRole,
} from '@kith/protocol';
import { type Client, Refused } from '@kith/testkit/conformance/client';
import { type Person, World } from '@kith/testkit/conformance/world';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Backstage, signUpElsewhere } from './fixtures/backstage.js';
import { ownRequests } from './fixtures/own-requests.js';
import { type Case, casesOf } from './fixtures/permission-cases.js';
import {
  type Asker,
  askersOf,
  type Kind,
  makeScenes,
  type Scene,
  type Standing,
} from './fixtures/permission-scenes.js';
import { type RealServer, startRealServer } from './fixtures/real-server.js';
import { type Fields, httpRequest, isCommand } from './fixtures/registry-request.js';
import { OF_THE_WORKSPACE, WORKSPACE_REQUESTS } from './fixtures/workspace-requests.js';

const UNKNOWN: readonly Standing[] = ['no token', 'expired token', 'revoked session'];
const NAMES = Object.keys(REGISTRY) as RequestName[];
const OUTSIDE: readonly Standing[] = ['stranger', 'elsewhere'];
const ROLES: readonly Role[] = ['owner', 'admin', 'moderator', 'member'];

type Parts = { readonly server: RealServer; readonly world: World; readonly backstage: Backstage } & {
  readonly anyone: Person;
  readonly elsewhere: Person;
  /** One of each role in the workspace. */
  readonly staff: { readonly [role in WorkspaceRole]: Person };
  readonly unknown: ReadonlyMap<Standing, Asker>;
  readonly scenes: ReadonlyMap<Kind, Scene>;
};

const OWN = ownRequests(() => parts().anyone);
const CASES = casesOf({ world: () => parts().world, someone });

const opened: { parts?: Parts; spare: string[] } = { spare: [] };

function parts(): Parts {
  if (!opened.parts) throw new Error('the server is not there yet');
  return opened.parts;
}

/** Somebody who is in no conversation yet. */
async function someone(): Promise<string> {
  if (opened.spare.length === 0) opened.spare.push(...(await parts().backstage.addPeople(200)));
  const id = opened.spare.pop();
  if (id === undefined) throw new Error('nobody was added');
  return id;
}

beforeAll(async () => {
  const server = await startRealServer({ RATE_FACTOR: '1000' });
  const world = new World(() => server.url);
  const backstage = new Backstage(server.databaseUrl);
  await world.fill(30);
  await backstage.addWorkspace('elsewhere');
  const elsewhere = await signUpElsewhere(world, 'elsewhere');
  const { asker, people } = askersOf(world);
  const [anyone, revoked] = [people(), people()];
  await world.do(revoked, 'DELETE /v1/sessions/current');
  const expired = { ...people(), token: await backstage.token(anyone, { expiresInMs: -60_000 }) };
  const unknown = new Map<Standing, Asker>([
    ['no token', { person: { ...anyone, token: '' }, client: null }],
    ['expired token', { person: expired, client: null }],
    ['revoked session', { person: revoked, client: null }],
  ]);
  const outside = new Map<Standing, Asker>([
    ['stranger', await asker(people())],
    ['elsewhere', await asker(elsewhere)],
    ...unknown,
  ]);
  opened.parts = {
    server,
    world,
    backstage,
    anyone,
    elsewhere,
    staff: await staffOf(world),
    unknown,
    scenes: new Map(),
  };
  const scenes = await makeScenes({ world, asker, people, outside, someone });
  opened.parts = { ...opened.parts, scenes };
});

async function staffOf(world: World): Promise<Parts['staff']> {
  const owner = await world.owner();
  const become = async (role: WorkspaceRole) => {
    const person = await world.signUp();
    await world.do(owner, `PATCH /v1/workspace/people/${person.id}`, { role });
    return person;
  };
  return { owner, admin: await become('admin'), member: await world.signUp(), guest: await become('guest') };
}

afterAll(async () => {
  await opened.parts?.world.leave();
  await opened.parts?.backstage.close();
  await opened.parts?.server.stop();
});

/** What the matrix and the rules beside it say, as the code of the answer. */
function expected({ name, and, as }: Case, kind: Kind, standing: Standing): string {
  if (UNKNOWN.includes(standing)) return 'unauthenticated';
  if (OUTSIDE.includes(standing)) return 'not_found';
  const action = as ?? (REGISTRY[name].permission as Action);
  if (standing === 'ex-member') return action === 'conversation.read' ? 'ok' : 'forbidden';
  const wanted = and === undefined ? [action] : [action, and];
  return wanted.every((each) => isAllowed(each, kind, standing as Role)) ? 'ok' : 'forbidden';
}

async function overHttp({ person }: Asker, name: RequestName, fields: Fields): Promise<string> {
  const { route, body } = httpRequest(name, fields);
  return codeOf(person, route, body);
}

async function asFrame({ person }: Asker, name: CommandName, fields: Fields): Promise<string> {
  return codeOf(person, 'POST /v1/commands', { type: 'command', id: 1, name, params: fields });
}

async function codeOf(person: Person, route: string, body: Fields | undefined): Promise<string> {
  const token = person.token === '' ? undefined : person.token;
  const answer = await parts().world.ask(null, route, { token, ...(body === undefined ? {} : { body }) });
  if (answer.status < 300) return 'ok';
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  return String(answer.body.code);
}

async function overSocket(client: Client, name: CommandName, fields: Fields): Promise<string> {
  try {
    await client.command(name, fields);
    return 'ok';
  } catch (error) {
    if (error instanceof Refused) return error.frame.code;
    throw error;
  }
}

/** Asks in every way that there is. */
async function askedBy(asker: Asker, name: RequestName, fields: () => Promise<Fields>): Promise<Fields> {
  const answers: { [way: string]: string } = { http: await overHttp(asker, name, await fields()) };
  if (!isCommand(name)) return answers;
  answers.frame = await asFrame(asker, name, await fields());
  if (asker.client) answers.socket = await overSocket(asker.client, name, await fields());
  return answers;
}

function allWays(name: RequestName, { client }: Asker, code: string): Fields {
  if (!isCommand(name)) return { http: code };
  return client ? { http: code, frame: code, socket: code } : { http: code, frame: code };
}

describe.each<Kind>(['group', 'channel', 'announcement', 'direct', 'self'])(
  'in a conversation of the kind %s',
  (kind) => {
    const cases = CASES.filter(({ notIn }) => notIn !== kind);
    test.each(cases.map((each) => [`${each.name} ${each.what ?? ''}`.trim(), each] as const))(
      '%s is for those whom the matrix names',
      async (_, each) => {
        const scene = parts().scenes.get(kind);
        if (!scene) throw new Error('there is no such scene');
        const answers: { [standing: string]: Fields } = {};
        const expectations: { [standing: string]: Fields } = {};
        for (const [standing, asker] of scene.askers) {
          const fields = async () => ({ conversation: scene.id, ...(await each.fields(scene, standing)) });
          answers[standing] = await askedBy(asker, each.name, fields);
          expectations[standing] = allWays(each.name, asker, expected(each, kind, standing));
        }
        expect(answers).toEqual(expectations);
      },
    );
  },
);

/** Somebody who leaves needs a group of their own. */
async function leaving(role: Role): Promise<string> {
  const { world, scenes } = parts();
  const [owner, other] = ['owner', 'admin'].map((standing) => scenes.get('group')?.askers.get(standing as Standing));
  if (!owner || !other) throw new Error('there is no such scene');
  const [boss, who] = role === 'owner' ? [other, owner] : [owner, other];
  const { id } = await world.group(boss.person, [who.person]);
  await world.do(boss.person, `PATCH /v1/conversations/${id}/members/${who.person.id}`, { role });
  return codeOf(who.person, `DELETE /v1/conversations/${id}/members/${who.person.id}`, undefined);
}

describe('leaving', () => {
  test('everyone may leave a group', async () => {
    const answers = await Promise.all(ROLES.map(leaving));
    expect(answers).toEqual(ROLES.map((role) => (isAllowed('member.leave', 'group', role) ? 'ok' : 'forbidden')));
  });

  test.each<[Kind, Role]>([
    ['direct', 'member'],
    ['self', 'owner'],
  ])('nobody leaves a conversation of the kind %s', async (kind, role) => {
    const scene = parts().scenes.get(kind);
    const person = scene?.askers.get(role)?.person;
    if (!scene || !person) throw new Error('there is no such scene');
    const code = await codeOf(person, `DELETE /v1/conversations/${scene.id}/members/${person.id}`, undefined);
    expect(isAllowed('member.leave', kind, role)).toBe(false);
    expect(code).toBe('forbidden');
  });
});

describe('ranks', () => {
  const group = () => {
    const scene = parts().scenes.get('group');
    if (!scene) throw new Error('there is no such scene');
    const personOf = (role: Role): Person => {
      const asker = scene.askers.get(role);
      if (!asker) throw new Error(`nobody is ${role}`);
      return asker.person;
    };
    const withRole = async (role: Role) => {
      const user = await scene.memberToChange();
      const at = `/v1/conversations/${scene.id}/members/${user}`;
      if (role !== 'member') await parts().world.do(personOf('owner'), `PATCH ${at}`, { role });
      return at;
    };
    return { personOf, withRole };
  };

  test.each(ROLES)('%s removes those whom they stand above, and nobody else', async (actor) => {
    const { personOf, withRole } = group();
    const answers: { [role: string]: string } = {};
    const expectations: { [role: string]: string } = {};
    for (const target of ROLES) {
      answers[target] = await codeOf(personOf(actor), `DELETE ${await withRole(target)}`, undefined);
      const may = isAllowed('member.remove', 'group', actor) && RANKS[actor] > RANKS[target];
      expectations[target] = may ? 'ok' : 'forbidden';
    }
    expect(answers).toEqual(expectations);
  });

  test.each(ROLES)('%s re-ranks those whom they stand above, to below themselves', async (actor) => {
    const { personOf, withRole } = group();
    const answers: { [roles: string]: string } = {};
    const expectations: { [roles: string]: string } = {};
    for (const target of ROLES) {
      for (const role of ROLES) {
        const change = `${target} to ${role}`;
        answers[change] = await codeOf(personOf(actor), `PATCH ${await withRole(target)}`, { role });
        const isAbove = actor === 'owner' || RANKS[actor] > RANKS[target];
        const isGivable = actor === 'owner' || role === 'member' || RANKS[role] < RANKS[actor];
        const may = isAllowed('member.role', 'group', actor) && isAbove && isGivable;
        expectations[change] = may ? 'ok' : 'forbidden';
      }
    }
    expect(answers).toEqual(expectations);
  });
});

describe('without a conversation', () => {
  const own = NAMES.filter((name) => REGISTRY[name].permission === 'session');

  test('every request of the registry is asked here', () => {
    const asked = new Set<string>([
      ...CASES.map(({ name }) => name),
      ...Object.keys(OWN),
      ...Object.keys(WORKSPACE_REQUESTS),
      'setting.set',
    ]);
    const rest = NAMES.filter((name) => !asked.has(name));
    expect(rest.every((name) => REGISTRY[name].permission === 'public')).toBe(true);
  });

  test.each([...own, 'setting.set' as const])('%s is for anyone who is signed in, and nobody else', async (name) => {
    const { anyone, elsewhere, unknown } = parts();
    const fields = async () => (await OWN[name]?.()) ?? {};
    for (const [standing, asker] of unknown) {
      expect(await askedBy(asker, name, fields), standing).toEqual(allWays(name, asker, 'unauthenticated'));
    }
    for (const person of [anyone, elsewhere]) {
      const asker = await askerFor(name, person);
      expect(await askedBy(asker, name, fields)).toEqual(ownAnswers(name, asker));
    }
  });

  test.each(Object.keys(WORKSPACE_REQUESTS) as RequestName[])(
    '%s is for those in the workspace whom the matrix names, and nobody else',
    async (name) => {
      const { world, elsewhere, unknown, staff } = parts();
      const { permission } = REGISTRY[name];
      const fields = async () => (await WORKSPACE_REQUESTS[name]?.(world)) ?? {};
      const answers: { [who: string]: string } = {};
      for (const [standing, asker] of unknown) answers[standing] = await overHttp(asker, name, await fields());
      for (const [who, person] of Object.entries({ ...staff, elsewhere })) {
        answers[who] = await overHttp({ person, client: null }, name, await fields());
      }
      const refused = Object.fromEntries(UNKNOWN.map((standing) => [standing, 'unauthenticated']));
      const allowed = WORKSPACE_ROLES.map((role) => {
        return [role, isAllowedInWorkspace(permission as WorkspaceAction, role) ? 'ok' : 'forbidden'];
      });
      // Who comes from elsewhere is the owner there, and has no such key and no such person.
      const there = OF_THE_WORKSPACE.includes(name) ? 'not_found' : 'ok';
      expect(answers).toEqual({ ...refused, ...Object.fromEntries(allowed), elsewhere: there });
    },
  );

  test.each(['account.create', 'session.create', 'session.refresh', 'invite.read'] as const)(
    '%s needs no token, and none does harm',
    async (name) => {
      const { world } = parts();
      for (const token of [undefined, 'rubbish']) {
        const { route } = httpRequest(name, {});
        const answer = await world.ask(null, route, { token, body: {} });
        expect(answer).toMatchObject({ status: 400, body: { code: 'bad_request' } });
      }
    },
  );

  test('a hello is for those who are signed in', async () => {
    const { world, unknown } = parts();
    for (const [standing, { person }] of unknown) {
      const client = await world.open();
      client.send({ type: 'hello', token: person.token });
      expect((await client.ended).code, standing).toBe(4401);
    }
  });

  test('[M16] people of another workspace do not exist', async () => {
    const { world, anyone, elsewhere, scenes } = parts();
    const scene = scenes.get('group');
    const owner = scene?.askers.get('owner')?.person;
    if (!scene || !owner) throw new Error('there is no such scene');
    const code = (person: Person, route: string, body?: Fields) => codeOf(person, route, body);
    for (const kind of ['direct', 'group']) {
      expect(await code(elsewhere, 'POST /v1/conversations', { kind, members: [anyone.id] })).toBe('not_found');
    }
    expect(await code(owner, `PUT /v1/conversations/${scene.id}/members/${elsewhere.id}`, {})).toBe('not_found');
    expect(await code(elsewhere, `GET /v1/users/${anyone.id}`)).toBe('not_found');
    expect(await world.do(elsewhere, `GET /v1/users?ids=${anyone.id}`)).toEqual({ users: [] });
    expect(await world.do(elsewhere, `GET /v1/users?query=${anyone.username}`)).toEqual({ users: [] });
    const watched = await world.do(elsewhere, 'PUT /v1/presence/watch', { users: [owner.id] });
    expect(watched).toEqual({ presence: [{ user: owner.id, status: 'unknown' }] });
  });

  test('nobody sees or ends the sessions of others', async () => {
    const { world, anyone, elsewhere, scenes } = parts();
    const stranger = scenes.get('group')?.askers.get('stranger')?.person;
    if (!stranger) throw new Error('there is no such scene');
    for (const other of [stranger, elsewhere]) {
      expect(await codeOf(other, `DELETE /v1/sessions/${anyone.session}`, undefined)).toBe('not_found');
      const { items } = await world.do<{ items: { id: string }[] }>(other, 'GET /v1/sessions');
      expect(items.map(({ id }) => id)).not.toContain(anyone.session);
    }
    expect(await codeOf(anyone, 'GET /v1/me', undefined)).toBe('ok');
  });
});

/** Who signs out does it with a session of their own. */
async function askerFor(name: RequestName, person: Person): Promise<Asker> {
  if (name === 'session.end') return { person: await signInAgain(person), client: null };
  return { person, client: await parts().world.connect(person) };
}

/** What is answered to those who are signed in: where it names somebody else's, there is no such thing. */
function ownAnswers(name: RequestName, asker: Asker): Fields {
  const isOfOthers =
    name === 'session.revoke' ||
    name === 'channel.join' ||
    name === 'invite.accept' ||
    name === 'scheduled.update' ||
    name === 'scheduled.cancel' ||
    name === 'invocation.take' ||
    name === 'invocation.answer' ||
    // For the bot itself, and for owners, as both are here.
    name === 'botCommand.set' ||
    name === 'botCommand.remove' ||
    (name === 'user.read' && asker.person === parts().elsewhere);
  // Presence belongs to a connection, which a request over HTTP has to name.
  if (name === 'presence.set') return { ...allWays(name, asker, 'bad_request'), socket: 'ok' };
  return allWays(name, asker, isOfOthers ? 'not_found' : 'ok');
}

async function signInAgain(person: Person): Promise<Person> {
  const { world, elsewhere } = parts();
  const body = { username: person.username, password: person.password };
  const headers = { 'kith-workspace': person === elsewhere ? 'elsewhere' : 'default' };
  const answer = await world.ask<{ accessToken: string }>(null, 'POST /v1/sessions', { body, headers });
  return { ...person, token: answer.body.accessToken };
}
