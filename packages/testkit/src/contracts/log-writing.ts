// Contract of the log: numbers, decisions, membership and what is kept of a body.
import { type ConversationId, type UserId, usersChangedBy, type WorkspaceId } from '@kith/protocol';
import type { Appended, ConversationLog } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { codeOf, freshId, type LogWorld, message, numbersTo, type Place, people, sent, write } from './log-world.js';

const STRANGE_TEXTS = [
  'plain',
  ' spaces around \t and lines\r\n\n',
  '👩‍👩‍👧‍👦 🏳️‍🌈 e\u0301 é \u200d\ufeff',
  'שלום \u202eעולם\u202c مرحبا',
  `"quotes" 'single' \\ \\n \\u0041 \\\\u0000 $1 %s \${x}`,
  '<script>alert(1)</script> -- ; DROP TABLE entries',
  '\u0001\u001f\u007f\u2028\u2029\uffff',
];

export function writingRules(world: LogWorld): void {
  test('[LOG1] entries are numbered from 1 without a gap', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const answers: Appended[] = [];
    for (let count = 0; count < 5; count += 1) answers.push(await world.send(place, owner));
    expect(answers.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6]);
    expect((await world.entries(place)).map(({ seq }) => seq)).toEqual(numbersTo(6));
  });

  test('[LOG2] many authors who write at once get a number each, and what was acknowledged is there', async () => {
    const users = people(5);
    const place = await world.create('group', users);
    const writes = users.flatMap((user) => numbersTo(20).map((count) => message(place, user, `${user} ${count}`)));
    const answers = await Promise.all(writes.map((one) => world.log.append(one)));
    const entries = await world.entries(place);
    expect(entries.map(({ seq }) => seq)).toEqual(numbersTo(entries.length));
    expect(entries).toHaveLength(2 + writes.length);
    for (const [index, { seq }] of answers.entries()) {
      const entry = entries[seq - 1];
      expect(entry?.key).toBe(writes[index]?.key);
      expect(entry?.author).toBe(writes[index]?.author);
    }
  });

  test('[LOG3] writes of one conversation on one node are decided in the order of the calls', async () => {
    const users = people(3);
    const place = await world.create('group', users);
    const writes = numbersTo(60).map((count) => message(place, users[count % 3] ?? users[0], `message ${count}`));
    const answers = await Promise.all(writes.map((one) => world.log.append(one)));
    expect(answers.map(({ seq }) => seq)).toEqual(numbersTo(60).map((count) => count + 2));
  });

  test('[LOG4] a write is decided against the state at the head just before it', async () => {
    const users = people(2);
    const place = await world.create('group', users);
    await decidedRightBelow([world.log], place, users);
  });

  test('[LOG5] two nodes that write one conversation at once leave no gap and decide every write at its own head', async () => {
    const users = people(4);
    const place = await world.create('group', users);
    await decidedRightBelow(world.nodes, place, users);
    const entries = await world.entries(place);
    expect(entries.map(({ seq }) => seq)).toEqual(numbersTo(entries.length));
    expect(await world.entries(place, world.other)).toEqual(entries);
  });

  test('[LOG6] a refusal of decide is the answer, and nothing is written', async () => {
    const [owner, stranger] = people(2);
    const place = await world.create('group', [owner]);
    expect(await codeOf(world.log.append(message(place, stranger ?? owner, 'let me in')))).toBe('not_found');
    expect(await world.entries(place)).toHaveLength(1);
  });

  test('[LOG7] the drafts of one write get numbers in a row, and the key goes to the first', async () => {
    const users = people(3);
    const place = await world.create('group', users);
    const writes = numbersTo(24).map((count) => {
      const drafts = [sent(`${count}a`), sent(`${count}b`), sent(`${count}c`)] as const;
      return write(place, users[count % 3] ?? users[0], { drafts });
    });
    const answers = await Promise.all(writes.map((one, index) => nodeOf(world, index).append(one)));
    const entries = await world.entries(place);
    expect(entries).toHaveLength(2 + 24 * 3);
    for (const [index, answer] of answers.entries()) {
      const row = entries.slice(answer.seq - 1, answer.seq + 2);
      expect(row.map(({ body }) => body.text)).toEqual(['a', 'b', 'c'].map((letter) => `${index + 1}${letter}`));
      expect(row.map(({ key }) => key)).toEqual([writes[index]?.key, undefined, undefined]);
    }
  });

  test('[LOG8] n counts the messages up to and with the entry', async () => {
    const [owner, guest] = people(2);
    const place = await world.create('group', [owner]);
    await world.send(place, owner);
    if (guest) await world.add(place, owner, guest);
    await world.log.append(
      write(place, owner, {
        drafts: [sent('one'), { kind: 'conversation.updated', body: { name: 'x' } }, sent('two')],
      }),
    );
    expect((await world.entries(place)).map(({ n }) => n)).toEqual([0, 1, 1, 2, 2, 3]);
  });

  test('[LOG9] the answer holds the entries as they are read later', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const one = write(place, owner, { drafts: [sent('first', { replyTo: 1 }), sent('second')] });
    const answer = await world.log.append(one);
    const entries = (await world.entries(place)).slice(1);
    expect(answer.entries).toEqual(entries);
    const { conversation, epoch, seq, at } = answer;
    expect({ conversation, epoch, seq, at }).toEqual({
      conversation: place.conversation,
      epoch: entries[0]?.epoch,
      seq: 2,
      at: entries[0]?.at,
    });
    expect(answer.duplicate).toBe(false);
    expect(entries[0]).toMatchObject({ author: owner, key: one.key, kind: 'message.sent', body: { replyTo: 1 } });
  });

  test('[LOG10] where there is no conversation decide gets null, and its first drafts make one', async () => {
    const [owner] = people(1);
    const place = { workspace: freshId<WorkspaceId>(), conversation: freshId<ConversationId>() };
    expect(await codeOf(world.log.append(message(place, owner, 'hello')))).toBe('not_found');
    expect(await world.log.read({ conversation: place.conversation, after: 0, limit: 1, from: 'lower' })).toBeNull();
    const created = { kind: 'conversation.created', body: { kind: 'group', users: [owner] } } as const;
    const seen = new Set<unknown>();
    const decide = (record: unknown) => {
      seen.add(record);
    };
    const answer = await world.log.append(write(place, owner, { drafts: [created], decide }));
    expect(seen).toEqual(new Set([null]));
    expect(answer.seq).toBe(1);
  });

  test('[LOG10] a conversation that two nodes make at once begins once', async () => {
    const [first, second] = people(2);
    const place = { workspace: freshId<WorkspaceId>(), conversation: freshId<ConversationId>() };
    const created = { kind: 'conversation.created', body: { kind: 'group', users: [first, second] } } as const;
    const seen: (number | null)[] = [];
    const makers = world.nodes.flatMap((node, index) =>
      numbersTo(3).map(() => {
        let head: number | null = null;
        const one = write(place, [first, second][index] ?? first, {
          drafts: [created],
          decide: (record) => {
            head = record?.state.head ?? null;
          },
        });
        return node.append(one).then(({ seq }) => {
          seen[seq - 1] = head;
        });
      }),
    );
    await Promise.all(makers);
    expect(seen).toEqual([null, 1, 2, 3, 4, 5]);
  });

  test('[LOG11] to another workspace the conversation does not exist, and nothing is written there', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const known = message(place, owner, 'hello');
    await world.log.append(known);
    const elsewhere = { ...place, workspace: freshId<WorkspaceId>() };
    const created = { kind: 'conversation.created', body: { kind: 'group', users: [owner] } } as const;
    for (const node of world.nodes) {
      const seen = new Set<unknown>();
      const decide = (record: unknown) => {
        seen.add(record);
      };
      const taking = write(elsewhere, owner, { drafts: [created], decide });
      expect(await codeOf(node.append(taking))).toBe('not_found');
      expect(await codeOf(node.append({ ...taking, key: known.key, content: known.content }))).toBe('not_found');
      expect(seen).toEqual(new Set([null]));
    }
    expect(await world.entries(place)).toHaveLength(2);
  });

  test('[LOG12] whoever is removed while writing on two nodes has no entry above the removal', async () => {
    const [owner, victim] = people(2);
    const place = await world.create('group', [owner, victim ?? owner]);
    const author = victim ?? owner;
    const sends = numbersTo(80).map((count) => codeOf(nodeOf(world, count).append(message(place, author, `${count}`))));
    await Promise.race(sends);
    const leaving = world.other.append(
      write(place, owner, { drafts: [{ kind: 'member.left', body: { users: [author] } }] }),
    );
    const late = numbersTo(20).map((count) =>
      codeOf(nodeOf(world, count).append(message(place, author, `late ${count}`))),
    );
    const removal = await leaving;
    const codes = await Promise.all([...sends, ...late]);
    const entries = await world.entries(place);
    expect(entries.map(({ seq }) => seq)).toEqual(numbersTo(entries.length));
    expect(entries[removal.seq - 1]?.kind).toBe('member.left');
    expect(entries.slice(removal.seq)).toEqual([]);
    expect(codes.filter((code) => code === null)).toHaveLength(removal.seq - 3);
    expect(codes.filter((code) => code !== null && code !== 'not_found')).toEqual([]);
  });

  test('[LOG13] text and bodies come back exactly as they were given', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const nested = { 'a key "🗝"': [1, -0.5, 1e21, true, null, { deep: ['', '👋'] }], blank: '', none: null, list: [] };
    for (const text of STRANGE_TEXTS) await world.log.append(write(place, owner, { drafts: [sent(text, { nested })] }));
    for (const node of world.nodes) {
      const bodies = (await world.entries(place, node)).slice(1).map(({ body }) => body);
      expect(bodies).toEqual(STRANGE_TEXTS.map((text) => ({ text, nested })));
    }
  });

  test('[LOG13] a text of the greatest length comes back whole', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    const text = '🦉é'.repeat(5_333);
    await world.send(place, owner, text);
    expect((await world.entries(place, world.other)).at(-1)?.body.text).toBe(text);
  });

  test('[LOG14] the entries of a conversation bear one epoch, on every node', async () => {
    const [owner] = people(1);
    const place = await world.create('group', [owner]);
    await Promise.all(numbersTo(6).map((count) => nodeOf(world, count).append(message(place, owner, 'hello'))));
    const entries = await world.entries(place, world.other);
    const record = (await world.other.records([place.conversation])).get(place.conversation);
    expect(new Set(entries.map(({ epoch }) => epoch))).toEqual(new Set([record?.state.epoch]));
  });
}

function nodeOf(world: LogWorld, count: number) {
  return count % 2 === 0 ? world.log : world.other;
}

/** Writes on the nodes at once, some of it changing members, and compares what decide saw last with the number given. */
async function decidedRightBelow(
  nodes: readonly ConversationLog[],
  place: Place,
  users: readonly [UserId, ...UserId[]],
) {
  const [node] = nodes;
  if (!node) throw new Error('a node is wanted');
  const checks = numbersTo(60).map(async (count) => {
    let seen: { head: number; size: number } | null = null;
    const author = users[count % users.length] ?? users[0];
    const drafts = count % 6 === 0 ? ([joining()] as const) : ([sent(`${count}`)] as const);
    const one = write(place, author, {
      drafts,
      decide: (record) => {
        seen = record && { head: record.state.head, size: record.state.size };
      },
    });
    const { seq } = await (nodes[count % nodes.length] ?? node).append(one);
    return { seq, seen };
  });
  const decisions = await Promise.all(checks);
  const page = await node.read({ conversation: place.conversation, after: 0, limit: 1_001, from: 'lower' });
  const entries = page?.entries ?? [];
  for (const { seq, seen } of decisions) {
    const joined = entries.slice(0, seq - 1).flatMap((entry) => usersChangedBy(entry));
    expect(seen).toEqual({ head: seq - 1, size: joined.length });
  }
}

function joining() {
  return { kind: 'member.joined', body: { users: [freshId<UserId>()] } } as const;
}
