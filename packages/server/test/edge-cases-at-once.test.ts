// What many do at once against the real process: joins at a limit, both sides of a pair, owners who leave, a thousand
// connections, and a few thousand frames of garbage. Every one of them ends in a clear answer and a log that is right.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { emptyState, fold, LIMITS } from '@kith/protocol';
import { Client } from '@kith/testkit/conformance/client';
import type { Person } from '@kith/testkit/conformance/world';
import { SeededRandom } from '@kith/testkit/seeded-random';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, type EdgeScene, openEdgeScene, SERVED_WITHIN_MS } from './fixtures/edge-scene.js';

const opened: { parts?: EdgeScene } = {};

function parts(): EdgeScene {
  if (!opened.parts) throw new Error('the server is not there yet');
  return opened.parts;
}

beforeAll(async () => {
  // A busy machine takes longer than a second to open a thousand connections: none of them may go meanwhile for want of a hello.
  opened.parts = await openEdgeScene({ HELLO_MS: '10000' });
});
afterEach(() => opened.parts?.world.leave());
afterAll(() => opened.parts?.close());

describe('many at once', () => {
  test('a member limit passed by two joins at once: one is in, the other is conflict', async () => {
    const { world, backstage } = parts();
    const [owner, other] = [world.alone(), world.alone()];
    const crowd = await backstage.addPeople(LIMITS.members);
    const { id } = await world.do<{ id: string }>(owner, 'POST /v1/conversations', {
      kind: 'group',
      members: [other.id, ...crowd.slice(0, LIMITS.members - 3)],
    });
    await world.do(owner, `PATCH /v1/conversations/${id}/members/${other.id}`, { role: 'moderator' });
    const [one, two] = [await world.connect(owner), await world.connect(other)];
    const join = (client: Client, user: string | undefined) =>
      codeOf(client.command('member.add', { conversation: id, user }));
    const answers = await Promise.all([join(one, crowd.at(-1)), join(two, crowd.at(-2))]);
    expect(answers.toSorted()).toEqual(['conflict', 'ok']);
    const { summary } = await world.summary(owner, id);
    expect(summary.members).toBe(LIMITS.members);
    const log = await world.log(owner, id);
    const joins = log.filter(({ kind }) => kind === 'member.joined').map(({ body }) => body.users as string[]);
    expect(joins.every((users) => users.length <= LIMITS.usersPerEntry)).toBe(true);
    expect(await join(one, crowd.at(-3))).toBe('conflict');
    expect(await world.log(owner, id)).toHaveLength(log.length);
  });

  test('both sides making the same direct conversation at once make one', async () => {
    const { world, backstage, ann, ben } = parts();
    const others = world.everyone.filter(({ id }) => id !== ann.id && id !== ben.id).slice(0, 10);
    for (const other of others) {
      const made = await Promise.all(
        [0, 1, 2, 3].map((turn) => (turn % 2 ? world.direct(ann, other) : world.direct(other, ann))),
      );
      expect(new Set(made.map(({ id }) => id)).size).toBe(1);
      expect(await world.log(ann, made[0]?.id ?? '')).toHaveLength(1);
    }
    const written = await backstage.written();
    await Promise.all(others.map((other) => world.direct(ann, other)));
    expect(await backstage.written()).toEqual(written);
  });

  test('a group that has members is never without an owner, whoever leaves and lowers at the same time', async () => {
    const { world } = parts();
    const people = world.people(6);
    const [first, ...rest] = people;
    const last = rest.at(-1);
    if (!first || !last) throw new Error('nobody has signed up');
    for (let round = 0; round < 6; round += 1) {
      const { id, epoch } = await world.group(first, rest);
      const at = `/v1/conversations/${id}/members`;
      await Promise.all(rest.slice(0, 2).map((each) => world.do(first, `PATCH ${at}/${each.id}`, { role: 'owner' })));
      const owners = people.slice(0, 3);
      await Promise.all(
        owners.flatMap((owner, index) => {
          const next = owners[(index + 1) % owners.length] ?? owner;
          const lower = world.ask(owner, `PATCH ${at}/${next.id}`, { body: { role: 'member' } });
          const leave = world.ask(owner, `DELETE ${at}/${owner.id}`);
          return round % 2 ? [lower, leave] : [leave, lower];
        }),
      );
      // The log tells who owned the group at every moment.
      let state = emptyState(epoch);
      for (const entry of await world.log(last, id)) {
        state = fold(state, entry);
        expect([...state.members.values()].map(({ role }) => role)).toContain('owner');
      }
      const present = [...state.members].filter(([, { left }]) => left === null);
      expect(await world.members(last, id)).toEqual(
        Object.fromEntries(present.map(([user, { role }]) => [user, role])),
      );
    }
  });

  test('[L5] 1,000 connections from one address: its share is served, the rest are told when to come', async () => {
    const { world, server, ann } = parts();
    const clients: Client[] = [];
    for (let opening = 0; opening < 1_000; opening += 50) {
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => world.open()))));
    }
    const refused = clients.slice(500);
    for (const client of refused) {
      expect(await client.ended).toMatchObject({ code: 4004 });
      expect(client.frames).toEqual([
        { type: 'bye', code: 'too_many_connections', reconnect: true, afterMs: expect.any(Number) },
      ]);
      expect(client.frames[0]).toHaveProperty(
        'afterMs',
        expect.toSatisfy((ms: number) => ms >= 10_000),
      );
    }
    const elsewhere = await Client.open(server.url, { localAddress: '127.0.0.2' });
    const startedMs = performance.now();
    await elsewhere.hello({ token: ann.token });
    expect(performance.now() - startedMs).toBeLessThan(SERVED_WITHIN_MS);
    await elsewhere.close();
    expect(server.isRunning()).toBe(true);
  });
});

describe('garbage', () => {
  const SEED = Number(process.env.FUZZ_SEED ?? 20_261);
  const FRAMES = 3_000;
  const ABREAST = 6;

  test(`random frames end nothing but their own connection (FUZZ_SEED=${SEED})`, async () => {
    const { world, server, backstage, group } = parts();
    const people = Array.from({ length: ABREAST }, () => world.alone());
    const witness = witnessOf(parts());
    const deadline = performance.now() + 40_000;
    await Promise.all(
      people.map((person, index) => garble(person, { random: new SeededRandom(SEED + index), deadline })),
    );
    const { served, slowestMs } = await witness.stop();
    expect(served).toBeGreaterThan(5);
    expect(slowestMs).toBeLessThan(SERVED_WITHIN_MS);
    expect(server.isRunning()).toBe(true);
    // What was taken of it is in logs that are whole.
    for (const person of people) {
      const { conversations } = (await world.connect(person)).welcome;
      for (const { id, head } of conversations) {
        expect((await world.log(person, id)).map(({ seq }) => seq)).toEqual(
          Array.from({ length: head }, (_, at) => at + 1),
        );
      }
    }
    expect(await world.log(parts().ann, group)).not.toEqual([]);
    expect(Object.keys(await backstage.written())).not.toEqual([]);
    expect(server.printed()).not.toMatch(/"level":"?(?:error|fatal|50|60)/);
  });

  /** Sends its share of garbage, connecting again whenever that ends the connection. */
  async function garble(
    person: Person,
    { random, deadline }: { random: SeededRandom; deadline: number },
  ): Promise<void> {
    const { world } = parts();
    const { id } = await world.group(person, []);
    const texts = goldenTexts().map((text) => text.replaceAll(CONVERSATION_OF_VECTORS, id));
    let client = await Client.open(parts().server.url);
    await client.hello({ token: person.token });
    for (let sent = 0; sent < FRAMES / ABREAST && performance.now() < deadline; sent += 1) {
      client.socket.send(mutated(pick(random, texts), random));
      if (sent % 20 === 19) await Promise.race([client.settle().catch(() => {}), client.ended]);
      if (client.socket.isOpen) continue;
      await client.ended;
      client = await Client.open(parts().server.url);
      await client.hello({ token: person.token });
    }
    await client.close();
  }
});

const CONVERSATION_OF_VECTORS = '01890a5d-ac96-774b-bcce-b302099a8057';
const VECTORS = new URL('../../protocol/vectors/', import.meta.url);
/** Pieces that have broken parsers before. */
const SPLINTERS = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\0',
  '\\u0000',
  '\\ud800',
  '-0',
  '1e999',
  'null',
  '\u2028',
  '__proto__',
  '9'.repeat(40),
];

type Vector = { readonly text: readonly (string | { readonly codeUnit: number; readonly times?: number })[] };

/** The golden frames of the protocol, good and bad; those of a great length are left out. */
function goldenTexts(): readonly string[] {
  const files = ['client-accepted.json', 'client-refused.json', 'client-closed.json'];
  const vectors = files.flatMap((file) => JSON.parse(readFileSync(new URL(file, VECTORS), 'utf8')) as Vector[]);
  return vectors
    .filter(({ text }) => text.every((part) => typeof part === 'string'))
    .map(({ text }) => text.join(''))
    .filter((text) => text.length < 2_000);
}

function mutated(text: string, random: SeededRandom): string {
  let mutant = text;
  for (let change = random.below(4); change > 0; change -= 1) {
    const at = random.below(mutant.length + 1);
    const to = at + random.below(6);
    switch (random.below(5)) {
      case 0:
        mutant = mutant.slice(0, at) + pick(random, SPLINTERS) + mutant.slice(at);
        break;
      case 1:
        mutant = mutant.slice(0, at) + mutant.slice(to);
        break;
      case 2:
        mutant = mutant.slice(0, at) + String.fromCharCode(random.below(0x250)) + mutant.slice(at + 1);
        break;
      case 3:
        mutant = mutant.slice(0, to) + mutant.slice(at);
        break;
      default:
        // The same command with another key is another write.
        mutant = mutant.replace(/"key":"[0-9a-f-]{36}"/, `"key":"${randomUUID()}"`);
    }
  }
  return mutant;
}

function pick<T>(random: SeededRandom, from: readonly T[]): T {
  const found = from[random.below(from.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}

/** Somebody who sends a message every now and then while others misbehave. */
function witnessOf(scene: EdgeScene): { stop(): Promise<{ served: number; slowestMs: number }> } {
  let [served, slowestMs, isStopped] = [0, 0, false];
  const run = async () => {
    while (!isStopped) {
      slowestMs = Math.max(slowestMs, await scene.servesOthers());
      served += 1;
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
  };
  const running = run();
  return {
    async stop() {
      isStopped = true;
      await running;
      return { served, slowestMs };
    },
  };
}
