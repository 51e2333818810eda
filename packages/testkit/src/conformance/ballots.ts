// PO of docs/protocol/v1.md: a question with options, votes that say what stands after them, of whom nobody is told in an anonymous
// poll, and the end of both.
import { randomUUID } from 'node:crypto';
import { LIMITS, type Summary, type TimelineItem, type Voter, type Written } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import type { Fields } from './http-client.js';
import { type Person, refusal, type World } from './world.js';

type Group = Pick<Summary, 'id' | 'epoch'>;
type Voters = { readonly items: readonly Voter[]; readonly next: string | null; readonly users: object };

const OPTIONS = ['red', 'green', 'blue'].map((text) => ({ text }));

export function ballotRules(world: World): void {
  const path = ({ id }: Group, seq: number) => `/v1/conversations/${id}/messages/${seq}`;
  const ask = (person: Person, { id }: Group, poll: Fields = {}) =>
    world.send(person, id, { text: 'Which?', poll: { options: OPTIONS, ...poll } });
  const voting = (person: Person, group: Group, { seq, ...wish }: Fields & { readonly seq: number }) =>
    world.ask<Written & { code?: string }>(person, `PUT ${path(group, seq)}/poll/vote`, {
      body: { epoch: group.epoch, ...wish },
    });
  const vote = async (...asked: Parameters<typeof voting>) => {
    const { status, body } = await voting(...asked);
    expect([status, body.code]).toEqual([200, undefined]);
    return body;
  };
  const code = async (...asked: Parameters<typeof voting>) => (await voting(...asked)).body.code;
  const close = (person: Person, group: Group, seq: number) =>
    world.ask<Written & { code?: string }>(person, `PUT ${path(group, seq)}/poll/closed`, {
      body: { epoch: group.epoch },
    });
  const item = async (person: Person, { id }: Group, seq: number) => {
    const route = `GET /v1/conversations/${id}/messages`;
    const { items } = await world.do<{ readonly items: readonly TimelineItem[] }>(person, route);
    return items.find((one) => one.seq === seq);
  };
  const standing = async (...asked: Parameters<typeof item>) => (await item(...asked))?.poll;
  const voters = (person: Person, group: Group, { seq, query = '' }: { seq: number; query?: string }) =>
    world.do<Voters>(person, `GET ${path(group, seq)}/poll/votes?epoch=${group.epoch}${query}`);
  const remove = (person: Person, group: Group, seq: number) =>
    world.do(person, `DELETE ${path(group, seq)}?epoch=${group.epoch}`);

  describe('PO: polls', () => {
    test('[PO1] a poll is a message with options, and what is none is refused', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const key = randomUUID();
      const closesAt = Date.now() + 3_600_000;
      const poll = { options: OPTIONS, most: 2, anonymous: true, closesAt };
      const written = await world.send(ann, group.id, { text: 'Which?', key, poll });
      expect((await item(ben, group, written.seq))?.body).toEqual({ text: 'Which?', poll });
      expect(await world.send(ann, group.id, { text: 'Which?', key, poll })).toEqual({ ...written, duplicate: true });
      const other = { body: { text: 'Which?', key, poll: { ...poll, most: 3 } } };
      const route = `POST /v1/conversations/${group.id}/messages`;
      expect((await world.ask(ann, route, other)).body).toMatchObject({ code: 'key_reused' });
      const { seq } = await ask(ann, group);
      expect((await item(ann, group, seq))?.body.poll).toEqual({ options: OPTIONS, most: 1 });
      const wrong: readonly (readonly [string, Fields])[] = [
        ['bad_request', { options: OPTIONS.slice(2) }],
        ['bad_request', { options: [...OPTIONS, { text: 'red' }] }],
        ['bad_request', { options: [...OPTIONS, { text: '' }] }],
        ['bad_request', { most: 4 }],
        ['bad_request', { most: 0 }],
        ['bad_request', { closesAt: Date.now() - 60_000 }],
        ['bad_request', { closesAt: Date.now() + 367 * 86_400_000 }],
        ['too_large', { options: [...OPTIONS, { text: 'x'.repeat(LIMITS.pollOption + 1) }] }],
        ['too_large', { options: Array.from({ length: LIMITS.pollOptions + 1 }, (_, text) => ({ text: `${text}` })) }],
      ];
      for (const [wanted, fields] of wrong) {
        const body = { text: 'x', key: randomUUID(), poll: { options: OPTIONS, ...fields } };
        expect((await world.ask(ann, route, { body })).body).toMatchObject({ code: wanted });
      }
    });

    test('[PO2] [PO3] [PO8] a vote is an entry that says what stands, and a reading says it with what is the own', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const [mine, theirs] = [await world.connect(ann), await world.connect(ben)];
      const { seq } = await ask(ann, group, { most: 2 });
      expect(await standing(ann, group, seq)).toBeUndefined();
      const key = randomUUID();
      const params = { conversation: group.id, epoch: group.epoch, target: seq, key, choices: [2, 0] };
      const written = await theirs.command('poll.vote', params);
      expect(written).toMatchObject({ seq: seq + 1, duplicate: false });
      await vote(ann, group, { seq, choices: [2] });
      for (const device of [mine, theirs]) {
        const first = { target: seq, choices: [0, 2], counts: [1, 0, 1], voters: 1 };
        const entry = await device.entry(group.id, seq + 1);
        expect(entry).toMatchObject({ kind: 'poll.voted', author: ben.id, key, body: first });
        const second = { target: seq, choices: [2], counts: [1, 0, 2], voters: 2 };
        expect(await device.entry(group.id, seq + 2)).toMatchObject({
          kind: 'poll.voted',
          author: ann.id,
          body: second,
        });
      }
      expect(await standing(ben, group, seq)).toEqual({ counts: [1, 0, 2], voters: 2, mine: [0, 2] });
      await vote(ben, group, { seq, choices: [1] });
      expect(await theirs.command('poll.vote', params)).toEqual({ ...written, duplicate: true });
      expect(await standing(ann, group, seq)).toEqual({ counts: [0, 1, 1], voters: 2, mine: [2] });
      await vote(ann, group, { seq, choices: [] });
      expect(await standing(ann, group, seq)).toEqual({ counts: [0, 1, 0], voters: 1, mine: [] });
      for (const choices of [[0, 1, 2], [3]]) expect(await code(ben, group, { seq, choices })).toBe('bad_request');
      const text = await world.send(ann, group.id, 'no poll');
      for (const nowhere of [1, seq + 1, text.seq, 2 ** 31 + 7]) {
        expect(await code(ben, group, { seq: nowhere, choices: [0] })).toBe('not_found');
      }
      expect(await code(ben, { ...group, epoch: group.epoch + 1 }, { seq, choices: [0] })).toBe('epoch_changed');
      expect(await code(world.alone(), group, { seq, choices: [0] })).toBe('not_found');
    });

    test('[PO2] who reads a channel votes, and who has left does not', async () => {
      const [ann, ben] = world.pair();
      const body = { kind: 'channel', members: [], name: 'c', visibility: 'public', joining: 'reader' };
      const channel = await world.do<Summary>(ann, 'POST /v1/conversations', body);
      await world.do(ben, `POST /v1/channels/${channel.id}/join`, {});
      const { seq } = await ask(ann, channel);
      await vote(ben, channel, { seq, choices: [1] });
      expect(await standing(ben, channel, seq)).toEqual({ counts: [0, 1, 0], voters: 1, mine: [1] });
      await world.do(ann, `DELETE /v1/conversations/${channel.id}/members/${ben.id}`);
      expect(await code(ben, channel, { seq, choices: [0] })).toBe('forbidden');
      expect(await standing(ann, channel, seq)).toEqual({ counts: [0, 1, 0], voters: 1, mine: [] });
    });

    test('[PO3] whoever votes at once, one person has one vote, and the last entry says what stands', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await ask(ann, group);
      const asked = Array.from({ length: 24 }, (_, index) =>
        voting(index % 2 === 0 ? ann : ben, group, { seq, choices: index % 5 === 4 ? [] : [index % 3] }),
      );
      for (const { status } of await Promise.all(asked)) expect(status).toBe(200);
      await vote(ann, group, { seq, choices: [0] });
      await vote(ben, group, { seq, choices: [1] });
      expect((await world.log(ann, group.id)).findLast(({ kind }) => kind === 'poll.voted')?.body).toMatchObject({
        counts: [1, 1, 0],
        voters: 2,
      });
      expect((await voters(ann, group, { seq })).items).toHaveLength(2);
    });

    test('[PO4] what is so already stays so, and is answered with the entry that made it so', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await ask(ann, group, { most: 2 });
      expect(await vote(ben, group, { seq, choices: [] })).toMatchObject({ seq, duplicate: true });
      const first = await vote(ben, group, { seq, choices: [0, 1] });
      await vote(ann, group, { seq, choices: [2] });
      expect(await vote(ben, group, { seq, choices: [1, 0, 1] })).toEqual({ ...first, duplicate: true });
      await vote(ann, group, { seq, choices: [] });
      expect(await vote(ann, group, { seq, choices: [] })).toMatchObject({ seq: seq + 3, duplicate: true });
      expect((await world.log(ann, group.id)).at(-1)?.seq).toBe(seq + 3);
    });

    test('[PO5] of an anonymous poll nobody is told who voted, over whatever they read, and the person alone what they chose', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await ask(ann, group, { anonymous: true });
      const [mine, theirs] = [await world.connect(ann), await world.connect(ben)];
      const key = randomUUID();
      const params = { conversation: group.id, epoch: group.epoch, target: seq, key, choices: [1] };
      const written = await theirs.command('poll.vote', params);
      const body = { target: seq, counts: [0, 1, 0], voters: 1 };
      for (const device of [mine, theirs]) {
        const { at, ...entry } = await device.entry(group.id, seq + 1);
        expect(entry).toEqual({ ...entry, kind: 'poll.voted', body });
        expect('author' in entry || 'key' in entry).toBe(false);
      }
      for (const person of [ann, ben]) {
        for (const changesOnly of ['', '&changesOnly=true']) {
          const route = `GET /v1/conversations/${group.id}/entries?limit=200${changesOnly}`;
          const { text } = await world.ask(person, route);
          expect(text).toContain('poll.voted');
          expect(text).not.toContain(key);
          const { entries } = JSON.parse(text) as { entries: { seq: number }[] };
          const found = entries.find((entry) => entry.seq === seq + 1);
          expect(found).toMatchObject({ body });
          expect(found && ('author' in found || 'key' in found)).toBe(false);
        }
        expect((await world.summary(person, group.id)).summary.last).not.toHaveProperty('author');
      }
      expect(await standing(ann, group, seq)).toEqual({ counts: [0, 1, 0], voters: 1, mine: [] });
      expect(await standing(ben, group, seq)).toEqual({ counts: [0, 1, 0], voters: 1, mine: [1] });
      for (const person of [ann, ben]) {
        const route = `GET ${path(group, seq)}/poll/votes?epoch=${group.epoch}`;
        expect((await world.ask(person, route)).body).toMatchObject({ code: 'forbidden' });
      }
      expect(await theirs.command('poll.vote', params)).toEqual({ ...written, duplicate: true });
      const reused = theirs.command('poll.vote', { ...params, choices: [2] });
      await expect(reused).rejects.toMatchObject(refusal('key_reused'));
      await vote(ben, group, { seq, choices: [2] });
      expect(await standing(ben, group, seq)).toEqual({ counts: [0, 0, 1], voters: 1, mine: [2] });
      const told = async () => {
        const { values } = await world.do<{ values: Fields }>(ben, 'GET /v1/settings');
        return values['kith:voted'];
      };
      await expect.poll(told).toEqual({ conversation: group.id, epoch: group.epoch, seq });
    });

    test('[PO6] a poll is closed by its author or by who may delete it, and stays as it is', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const { seq } = await ask(ben, group);
      await vote(ben, group, { seq, choices: [0] });
      const other = await ask(ann, group);
      expect((await close(ben, group, other.seq)).body.code).toBe('forbidden');
      const closed = (await close(ann, group, seq)).body;
      expect(closed).toMatchObject({ seq: other.seq + 1, duplicate: false });
      const body = { target: seq, counts: [1, 0, 0], voters: 1 };
      expect(await client.entry(group.id, closed.seq)).toMatchObject({ kind: 'poll.closed', author: ann.id, body });
      expect((await close(ben, group, seq)).body).toEqual({ ...closed, duplicate: true });
      for (const choices of [[1], []]) expect(await code(ben, group, { seq, choices })).toBe('conflict');
      const { at } = closed;
      const after = { counts: [1, 0, 0], voters: 1, mine: [], closed: { seq: closed.seq, at, by: ann.id } };
      expect(await standing(ben, group, seq)).toEqual({ ...after, mine: [0] });
      expect(await standing(ann, group, seq)).toEqual(after);
      expect((await close(ann, group, other.seq)).body).toMatchObject({ duplicate: false });
    });

    test('[PO7] from its time on nobody votes in a poll, and no vote bears that time', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const closesAt = Date.now() + 2_000;
      const { seq } = await ask(ann, group, { closesAt });
      await vote(ben, group, { seq, choices: [1] });
      await expect.poll(() => code(ann, group, { seq, choices: [0] }), { timeout: 10_000 }).toBe('conflict');
      expect(await code(ben, group, { seq, choices: [] })).toBe('conflict');
      const votes = (await world.log(ann, group.id)).filter(({ kind }) => kind === 'poll.voted');
      expect(votes.every(({ at }) => at < closesAt)).toBe(true);
      const last = votes.at(-1);
      expect((await close(ann, group, seq)).body).toMatchObject({ seq: last?.seq, duplicate: true });
    });

    test('[PO9] who has chosen what is read by pages, with one option or any; who has left is refused', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await ask(ann, group, { most: 3 });
      await vote(ben, group, { seq, choices: [0, 2] });
      await vote(ann, group, { seq, choices: [2] });
      const items = [
        { user: ben.id, choices: [0, 2], seq: seq + 1 },
        { user: ann.id, choices: [2], seq: seq + 2 },
      ];
      const users = { [ann.id]: { username: ann.username }, [ben.id]: { username: ben.username } };
      expect(await voters(ben, group, { seq })).toMatchObject({ items, next: null, users });
      const first = await voters(ann, group, { seq, query: '&limit=1' });
      expect(first.items).toEqual(items.slice(0, 1));
      const second = await voters(ann, group, { seq, query: `&limit=1&cursor=${first.next}` });
      expect(second).toMatchObject({ items: items.slice(1), next: null });
      expect((await voters(ann, group, { seq, query: '&option=0' })).items).toEqual(items.slice(0, 1));
      expect((await voters(ann, group, { seq, query: '&option=1' })).items).toEqual([]);
      await world.do(ann, `DELETE /v1/conversations/${group.id}/members/${ben.id}`);
      const route = `GET ${path(group, seq)}/poll/votes?epoch=${group.epoch}`;
      expect((await world.ask(ben, route)).body).toMatchObject({ code: 'forbidden' });
      expect(await standing(ben, group, seq)).toMatchObject({ voters: 2, mine: [0, 2] });
    });

    test('[PO10] a poll is edited until somebody votes, and who forwards it asks anew', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await ask(ann, group, { anonymous: true, closesAt: Date.now() + 3_600_000 });
      const edit = (text: string) =>
        world.ask<{ code?: string }>(ann, `PATCH ${path(group, seq)}`, { body: { epoch: group.epoch, text } });
      expect((await edit('Which one?')).status).toBe(200);
      expect((await item(ben, group, seq))?.body).toMatchObject({ text: 'Which one?', poll: { options: OPTIONS } });
      await vote(ben, group, { seq, choices: [1] });
      expect((await edit('Which colour?')).body.code).toBe('conflict');
      await vote(ben, group, { seq, choices: [] });
      expect((await edit('Which colour?')).body.code).toBe('conflict');
      const forward = { conversation: group.id, epoch: group.epoch, seq };
      const copy = await world.send(ben, group.id, { text: 'x', forward });
      const { body, poll } = (await item(ann, group, copy.seq)) ?? {};
      expect(body).toMatchObject({ text: 'Which one?', forward });
      expect(body?.poll).toEqual({ options: OPTIONS, most: 1, anonymous: true });
      expect(poll).toBeUndefined();
      await vote(ann, group, { seq: copy.seq, choices: [2] });
      expect(await standing(ann, group, seq)).toEqual({ counts: [0, 0, 0], voters: 0, mine: [] });
      expect((await close(ben, group, copy.seq)).body).toMatchObject({ duplicate: false });
    });

    test('[PO11] a deletion leaves nothing of options and votes', async () => {
      const [ann, ben] = world.pair();
      const group = await world.group(ann, [ben]);
      const { seq } = await ask(ann, group);
      await vote(ben, group, { seq, choices: [1] });
      await close(ann, group, seq);
      await remove(ann, group, seq);
      const log = await world.log(ben, group.id);
      expect(log.slice(seq - 1).map(({ kind, body, erased = false }) => [kind, body, erased])).toMatchObject([
        ['message.sent', {}, true],
        ['poll.voted', { target: seq }, true],
        ['poll.closed', { target: seq }, true],
        ['message.deleted', { target: seq }, false],
      ]);
      expect(log.slice(seq, seq + 2).map(({ body }) => Object.keys(body))).toEqual([['target'], ['target']]);
      const left = await item(ben, group, seq);
      expect([left?.body, left?.poll]).toEqual([{}, undefined]);
      for (const choices of [[0], []]) expect(await code(ben, group, { seq, choices })).toBe('conflict');
      expect((await close(ann, group, seq)).body.code).toBe('conflict');
      const route = `GET ${path(group, seq)}/poll/votes?epoch=${group.epoch}`;
      expect((await world.ask(ann, route)).body).toMatchObject({ code: 'conflict' });
    });

    test('[PO12] votes count nowhere, a block refuses them, and options are searched', async () => {
      const [ann, ben] = [world.alone(), world.alone()];
      const direct = await world.direct(ann, ben);
      const word = randomUUID();
      const { seq } = await ask(ann, direct, { options: [{ text: 'one' }, { text: `two ${word}` }] });
      await vote(ben, direct, { seq, choices: [0] });
      const before = (await world.summary(ben, direct.id)).summary;
      await vote(ann, direct, { seq, choices: [0] });
      const { unread, mentions, read } = (await world.summary(ben, direct.id)).summary;
      expect([unread, mentions, read]).toEqual([before.unread, before.mentions, before.read]);
      const search = async () => {
        const { items } = await world.do<{ items: { message: { seq: number } }[] }>(
          ben,
          `GET /v1/messages/search?query=${word}`,
        );
        return items.map(({ message }) => message.seq);
      };
      await expect.poll(search, { timeout: 10_000 }).toEqual([seq]);
      await world.do(ben, `PUT /v1/settings/${encodeURIComponent(`block:${ann.id}`)}`, { value: true });
      expect(await code(ann, direct, { seq, choices: [1] })).toBe('forbidden');
      expect(await vote(ann, direct, { seq, choices: [] })).toMatchObject({ duplicate: false });
    });
  });
}
