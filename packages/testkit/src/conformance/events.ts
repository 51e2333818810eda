// F of docs/protocol/v1.md: the stream over HTTP as server-sent events, and what holds for it however it is fetched.
import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { caughtUp } from './catching-up.js';
import type { EventReader } from './event-reader.js';
import type { Fields } from './http-client.js';
import { expectProblem, type Frame, range, Streams } from './http-streams.js';
import type { Person, World } from './world.js';

const ENDED_WITHIN_MS = 5_000;

export function eventRules(world: World): void {
  const streams = new Streams(world);
  const isTyping = (frame: Frame) => frame.type === 'signal' && frame.name === 'typing';
  const events = (query: string, headers: { [name: string]: string } = {}, person: Person | null = null) =>
    world.ask(person, `GET /v1/events?${query}`, { headers });

  describe('F: streams of events', () => {
    afterEach(() => streams.leave());

    test('[F1] [F3] a ticket and what hello says open the stream of a socket as events', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const socket = await world.connect(ann);
      const { reader, welcome } = await streams.welcomed(ann, '&device=d&client=test%2F1&unknown=1');
      const own = ['connection', 'serverTime', 'since', 'type'];
      const rest = (frame: object) => Object.entries(frame).filter(([name]) => !own.includes(name));
      expect(Object.keys(welcome)).toEqual(Object.keys(socket.welcome));
      expect(rest(welcome)).toEqual(rest(socket.welcome));
      expect(reader.commentedAt).toHaveLength(1);
      await world.send(ben, id, 'one');
      await world.send(ann, id, 'two');
      const other = await world.connect(ben);
      await reader.until(() => reader.seqs(id).length === 2);
      other.signal('typing', { conversation: id });
      await reader.until(() => reader.frames.some(isTyping));
      expect(reader.seqs(id)).toEqual([head + 1, head + 2]);
      expect(reader.frames.filter(({ type }) => type === 'entry')).toEqual(socket.entries(id));
      expect(reader.events.every(({ name }) => name === 'message')).toBe(true);
    });

    test('[F2] a ticket is good for one opening, of the session that got it', async () => {
      const [ann] = world.pair();
      const ticket = await streams.ticket(ann);
      const first = streams.readWith(ticket);
      const welcome = await first.until(() => first.frames[0]);
      expect(welcome).toMatchObject({ session: ann.session, user: { id: ann.id } });
      expectProblem(await events(`ticket=${ticket}`), 401, 'unauthenticated');
      expectProblem(await events(`wait=25&ticket=${ticket}`), 401, 'unauthenticated');
      expectProblem(await world.ask(null, 'POST /v1/tickets', { body: {} }), 401, 'unauthenticated');
      expect(first.isClosed).toBe(false);
    });

    test('[F2] a session has at most 16 tickets that it has not used', async () => {
      const ann = await world.signIn(world.pair()[0]);
      const tickets: string[] = [];
      for (const _ of range(1, 16)) tickets.push(await streams.ticket(ann));
      expect(new Set(tickets).size).toBe(16);
      const refused = await world.askOnce(ann, 'POST /v1/tickets', { body: {} });
      expectProblem(refused, 429, 'rate_limited');
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const reader = streams.readWith(tickets[7] ?? '');
      await reader.until(() => reader.frames[0]);
      await streams.ticket(ann);
    });

    test('[F4] ids stand on welcome and synced alone, and Last-Event-ID goes on from there', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const { reader, welcome } = await streams.welcomed(ann);
      await world.send(ben, id, 'one');
      await reader.until(() => reader.seqs(id).length === 1);
      for (const { data, id: eventId } of reader.events) {
        expect(['welcome', 'synced'].includes((JSON.parse(data) as Frame).type)).toBe(eventId !== '');
        expect(eventId.length).toBeLessThanOrEqual(600);
      }
      const first = reader.events[0]?.id ?? '';
      reader.close();
      const goesOn = async (later: EventReader) => {
        const again = await later.until(() => later.frames[0]);
        expect(again).toMatchObject({ type: 'welcome', reset: false });
        await later.until(() => later.seqs(id).includes(head + 1));
        // The cursor may name too many conversations (C4): then all of this one comes again, and nothing is left out.
        const seqs = later.seqs(id).map(Number);
        expect(seqs).toEqual(range(head + 2 - seqs.length, head + 1));
      };
      await goesOn(await streams.read(ann, '&since=of-no-store', first));
      await goesOn(await streams.read(ann, `&since=${encodeURIComponent(first)}`));
      await goesOn(await streams.read(ann, `&since=${encodeURIComponent(String(welcome.since))}`));
      const lost = await streams.welcomed(ann, '&since=of-no-store');
      expect(lost.welcome.reset).toBe(true);
    });

    test('[F5] an EventSource that is cut again and again loses nothing and repeats nothing', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      await caughtUp(world, ann);
      const { reader } = await streams.welcomed(ann);
      const sent = (async () => {
        for (const text of range(1, 40)) await world.send(ben, id, String(text));
      })();
      for (const count of [5, 15, 25]) {
        await reader.until(() => new Set(reader.seqs(id)).size >= count);
        const answers = reader.statuses.length;
        reader.cut();
        await reader.until(() => reader.statuses.length > answers);
      }
      await sent;
      await reader.until(() => new Set(reader.seqs(id)).size === 40);
      // Each is kept once: the first by its seq (C3).
      expect([...new Set(reader.seqs(id))]).toEqual(range(head + 1, head + 40));
      expect(reader.statuses).toEqual([200, 200, 200, 200]);
    });

    test('[F5] a used ticket is taken again for who has read its stream, and for nobody else', async () => {
      const [ann] = world.pair();
      const [ticket, other] = [await streams.ticket(ann), await streams.welcomed(ann)];
      const first = streams.readWith(ticket);
      await first.until(() => first.frames[0]);
      const own = first.lastEventId;
      const [cursor] = own.split('~');
      for (const id of [other.reader.lastEventId, cursor ?? '', `${cursor}~`, `${own}x`, 'x']) {
        expectProblem(await events(`ticket=${ticket}`, { 'last-event-id': id }), 401, 'unauthenticated');
      }
      const since = `&since=${encodeURIComponent(own)}`;
      expectProblem(await events(`ticket=${ticket}${since}`), 401, 'unauthenticated');
      expectProblem(await events(`wait=5&ticket=${ticket}`, { 'last-event-id': own }), 401, 'unauthenticated');
      expect(first.isClosed).toBe(false);
      const second = streams.readWith(ticket, '', own);
      await second.until(() => second.frames[0]);
      expect(await first.end()).toBe(4410);
      first.close();
    });

    test('[F5] a stream that was ended for good is not opened again by its ticket', async () => {
      const ann = await world.signIn(world.pair()[0]);
      const { reader } = await streams.welcomed(ann, '&instance=i');
      const { reader: newer } = await streams.welcomed(ann, '&instance=i');
      expect(await reader.end()).toBe(4410);
      await reader.until(() => reader.isClosed);
      expect(reader.statuses).toEqual([200, 401]);
      await world.do(ann, 'DELETE /v1/sessions/current');
      await newer.until(() => newer.isClosed);
      expect(newer.statuses).toEqual([200, 401]);
    });

    test('[F6] [L2] a session that is revoked ends its streams with 4403 within 5 s', async () => {
      const [ann] = world.pair();
      const doomed = await world.signIn(ann);
      const { reader } = await streams.welcomed(doomed);
      const { connection } = await streams.openPolls(doomed);
      const [unused, polled] = [await streams.ticket(doomed), streams.poll(doomed, connection)];
      const startedMs = performance.now();
      await world.do(ann, `DELETE /v1/sessions/${doomed.session}`);
      expect(await reader.end()).toBe(4403);
      expect((await polled).body.at(-1)).toEqual({ type: 'end', code: 4403 });
      expect(performance.now() - startedMs).toBeLessThan(ENDED_WITHIN_MS);
      expectProblem(await events(`ticket=${unused}`), 401, 'unauthenticated');
    });

    test('[F10] [H7] commands and signals go up beside the stream, and name it where they concern it', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const other = await world.connect(ben);
      const { reader, welcome } = await streams.welcomed(ann);
      const { connection } = await streams.openPolls(ann);
      const own = String(welcome.connection);
      const as = (person: Person, named: string) => (route: string, body: Fields) =>
        world.ask(person, route, { body, headers: { 'kith-connection': named } });
      const command = (name: string, params: Fields) => ({ type: 'command', id: 1, name, params });
      const setAway = command('presence.set', { status: 'away' });
      const send = { ...command('message.send', { conversation: id, key: randomUUID(), text: 'x' }) };
      expect((await world.do<{ result: Fields }>(ann, 'POST /v1/commands', send)).result.seq).toBe(head + 1);
      await reader.until(() => reader.seqs(id).length === 1);
      for (const each of [own, connection]) {
        const watched = await as(ann, each)('POST /v1/commands', command('presence.watch', { users: [ben.id] }));
        expect(watched.body).toMatchObject({ result: { presence: [{ user: ben.id, status: 'online' }] } });
        expect((await as(ann, each)('POST /v1/commands', setAway)).status).toBe(200);
      }
      await other.command('presence.set', { status: 'away' });
      const isPresence = (frame: Frame) => frame.type === 'signal' && frame.name === 'presence';
      await reader.until(() => reader.frames.some(isPresence));
      await streams.pollUntil(ann, connection, isPresence);
      const typing = { type: 'signal', name: 'typing', conversation: id };
      expect((await as(ann, own)('POST /v1/signals', typing)).status).toBe(204);
      await other.until((frame) => isTyping(frame as unknown as Frame));
      expectProblem(await as(ben, own)('POST /v1/signals', typing), 404, 'not_found');
      expectProblem(await as(ben, own)('POST /v1/commands', setAway), 404, 'not_found');
      expectProblem(await as(ann, randomUUID())('POST /v1/signals', typing), 404, 'not_found');
    });

    test('[F11] an opening that is refused says why, and opens nothing', async () => {
      const [ann] = world.pair();
      const ticket = await streams.ticket(ann);
      for (const query of ['', 'wait=5', 'ticket=', 'ticket=rubbish', `ticket=${'x'.repeat(500)}`]) {
        expectProblem(await events(query), 401, 'unauthenticated');
      }
      expectProblem(await events(`ticket=${ann.token.slice(0, 500)}`), 401, 'unauthenticated');
      expectProblem(await events('', {}, ann), 401, 'unauthenticated');
      const elsewhere = await events(`ticket=${ticket.startsWith('x') ? 'y' : 'x'}${ticket.slice(1)}`);
      expectProblem(elsewhere, 503, 'unavailable');
      expect(Number(elsewhere.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const page = { origin: 'https://elsewhere.example' };
      expectProblem(await events(`ticket=${ticket}`, page), 403, 'forbidden');
      expectProblem(await world.ask(ann, `POST /v1/events?ticket=${ticket}`, { body: {} }), 405, 'bad_request');
      expect((await world.ask(null, `HEAD /v1/events?ticket=${ticket}`)).status).toBe(405);
      const reader = streams.readWith(ticket);
      await reader.until(() => reader.frames[0]);
    });

    test('[F11] [H13] tickets need the scope `read`', async () => {
      const { username, password } = world.pair()[0];
      const body = { username, password, scopes: ['write', 'account'] };
      const { body: signed } = await world.ask<{ accessToken: string }>(null, 'POST /v1/sessions', { body });
      const asked = { token: signed.accessToken, body: {} };
      expectProblem(await world.ask(null, 'POST /v1/tickets', asked), 403, 'forbidden');
    });

    test('[F12] answers are not to be kept, changed or held back on the way', async () => {
      const [ann] = world.pair();
      const { reader } = await streams.welcomed(ann);
      const { connection } = await streams.openPolls(ann);
      const { headers } = await streams.poll(ann, connection, 1);
      for (const each of [reader.headers, headers]) {
        expect(each.get('cache-control')).toMatch(/no-store/);
        expect(each.get('x-accel-buffering')).toBe('no');
        expect(each.get('content-encoding')).toBeNull();
        expect(each.get('x-content-type-options')).toBe('nosniff');
        expect(each.get('x-request-id')).not.toBeNull();
      }
      expect(reader.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    });
  });
}
