// W of docs/protocol/v1.md: the socket and its frames, byte by byte.
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Client } from './client.js';
import { type OpenOptions, UpgradeRefused } from './raw-web-socket.js';
import { OPCODES } from './web-socket-frames.js';
import { refusal, type World } from './world.js';

type Sent = (client: Client) => void;

const text =
  (payload: string): Sent =>
  (client) =>
    client.socket.send(payload);
const json = (value: unknown): Sent => text(JSON.stringify(value));
const NOBODY = randomUUID();

/** What ends a connection that has said hello with 4400. */
const BAD_FRAMES: { readonly [what: string]: Sent } = {
  'a binary frame': (client) => client.socket.send('{"type":"ping"}', { opcode: OPCODES.binary }),
  'no JSON': text('hello'),
  'no object': json(['ping']),
  'a frame nested deeper than limits.depth': (client) => {
    const { depth } = client.welcome.limits;
    client.socket.send(`{"type":"ping","x":${'['.repeat(depth)}${']'.repeat(depth)}}`);
  },
  'no type': json({ name: 'message.send' }),
  'a command without an id': json({ type: 'command', name: 'settings.read' }),
  'an id below 0': json({ type: 'command', id: -1, name: 'settings.read' }),
  'an id that is no integer': json({ type: 'command', id: 1.5, name: 'settings.read' }),
  'an id of 2^53': text('{"type":"command","id":9007199254740992,"name":"settings.read"}'),
  'an id that is text': json({ type: 'command', id: '1', name: 'settings.read' }),
  'auth without a token': json({ type: 'auth' }),
  'a signal not of its form': json({ type: 'signal', name: 'typing' }),
  'marks without an epoch': json({ type: 'signal', name: 'marks', conversation: NOBODY, read: 1 }),
  'U+0000 outside of a command': json({ type: 'ping', x: '\0' }),
  'half a surrogate pair outside of a command': text('{"type":"ping","x":"\\ud800"}'),
  'a key that names a prototype outside of a command': text('{"type":"ping","x":{"__pr\\u006fto__":1}}'),
  'text that is no UTF-8': (client) => client.socket.send(Buffer.from([0x7b, 0xff, 0x7d])),
  'a frame without a mask': (client) => client.socket.send('{"type":"ping"}', { isMasked: false }),
  'a reserved bit': (client) => client.socket.send('{"type":"ping"}', { reservedBits: 0x40 }),
  'a continuation of nothing': (client) => client.socket.send('{}', { opcode: OPCODES.continuation }),
};

/** First frames that end a connection with 4400. */
const BAD_GREETINGS: { readonly [what: string]: unknown } = {
  'a command': { type: 'command', id: 1, name: 'settings.read' },
  'a signal': { type: 'signal', name: 'typing', conversation: NOBODY },
  auth: { type: 'auth', token: 'x' },
  'hello without a token': { type: 'hello' },
  'a token that is null': { type: 'hello', token: null },
  'a device that is null': { type: 'hello', token: 'x', device: null },
  'since that is a number': { type: 'hello', token: 'x', since: 5 },
  'since beyond 500 units': { type: 'hello', token: 'x', since: 'x'.repeat(501) },
  'capabilities that are no list': { type: 'hello', token: 'x', capabilities: 'all' },
};

export function wireRules(world: World): void {
  describe('W: the socket', () => {
    test('[W1] the subprotocol is kith.v1, at /v1/ws', async () => {
      expect((await world.open()).socket.protocol).toBe('kith.v1');
      expect((await world.open({ protocol: 'other, kith.v1' })).socket.protocol).toBe('kith.v1');
      for (const options of [{ protocol: null }, { protocol: 'chat' }, { path: '/v1/elsewhere' }, { path: '/' }]) {
        await expect(world.open(options)).rejects.toBeInstanceOf(UpgradeRefused);
      }
    });

    test('[W10] what is refused before the socket opens is told over HTTP; other versions open and close', async () => {
      const statusOf = async (options: OpenOptions): Promise<number> => {
        const opened = world.open(options);
        await expect(opened).rejects.toBeInstanceOf(UpgradeRefused);
        return opened.then(
          () => 101,
          (error: UpgradeRefused) => error.answer.status,
        );
      };
      expect(await statusOf({ protocol: 'chat' })).toBe(400);
      expect(await statusOf({ headers: { Origin: 'https://elsewhere.example' } })).toBe(403);
      expect(await statusOf({ path: '/v1/elsewhere' })).toBe(404);
      const other = await world.open({ protocol: 'kith.v2' });
      expect(await other.ended).toEqual({ code: 4409, reason: '' });
    });

    test('[W2] the first frame is hello, before which a ping may come', async () => {
      const [person] = world.pair();
      const client = await world.open();
      await client.settle();
      await client.hello({ token: person.token, device: 'd', instance: randomUUID(), client: 'test/1', extra: 1 });
      client.send({ type: 'hello', token: person.token });
      expect(await client.ended).toMatchObject({ code: 4400 });
    });

    test.each(Object.entries(BAD_GREETINGS))('[W2] [W4] %s as the first frame closes with 4400', async (_, frame) => {
      const client = await world.open();
      client.socket.send(JSON.stringify(frame));
      expect(await client.ended).toMatchObject({ code: 4400 });
    });

    test('[W3] frames are text, one object each, whole or in parts, and auth is not answered', async () => {
      const [person] = world.pair();
      const client = await world.connect(person);
      const frame = Buffer.from(JSON.stringify({ type: 'command', id: 900, name: 'settings.read', é: '€' }));
      client.socket.send(frame.subarray(0, 10), { isLast: false });
      client.socket.send(Buffer.from('between'), { opcode: OPCODES.ping });
      for (const byte of frame.subarray(10, -1)) {
        client.socket.send(Buffer.from([byte]), { opcode: OPCODES.continuation, isLast: false });
      }
      client.socket.send(frame.subarray(-1), { opcode: OPCODES.continuation });
      await client.answer(900);
      client.send({ type: 'auth', token: person.token });
      await client.settle();
      expect(client.frames.map(({ type }) => type)).toEqual(['welcome', 'ack', 'pong']);
    });

    test.each(Object.entries(BAD_FRAMES))('[W4] %s closes with 4400', async (_, send) => {
      const [person] = world.pair();
      const client = await world.connect(person);
      send(client);
      expect(await client.ended).toMatchObject({ code: 4400 });
    });

    test('[W4] a frame of limits.frame bytes is taken, one more closes with 4413, in parts too', async () => {
      const [person] = world.pair();
      const client = await world.connect(person);
      const { frame } = client.welcome.limits;
      const padded = (size: number) => `{"type":"ping","x":"${'x'.repeat(size - 22)}"}`;
      expect(padded(frame)).toHaveLength(frame);
      client.socket.send(padded(frame));
      await client.until(({ type }) => type === 'pong');
      client.socket.send(padded(frame + 1));
      expect(await client.ended).toMatchObject({ code: 4413 });

      const other = await world.connect(person);
      other.socket.send('x'.repeat(frame), { isLast: false });
      other.socket.send('x', { opcode: OPCODES.continuation, isLast: false });
      expect(await other.ended).toMatchObject({ code: 4413 });
    });

    test('[W9] a page of long messages is one frame, however much larger than limits.frame', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const { text, frame } = client.welcome.limits;
      for (let sent = 0; sent < 6; sent += 1) await world.send(ben, id, '€'.repeat(text));
      const { entries } = await client.command('entries.read', { conversation: id });
      expect(JSON.stringify(entries).length).toBeGreaterThan(6 * text);
      expect(Buffer.byteLength(JSON.stringify(entries))).toBeGreaterThan(2 * frame);
    });

    test('[W5] the fields stand in the frame or in params, and name in params alone', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben], 'before');
      const client = await world.connect(ann);
      const said = { key: randomUUID(), conversation: id, text: 'in the frame' };
      client.send({ type: 'command', id: 500, name: 'message.send', ...said });
      const first = await client.answer(500);
      const params = { ...said, key: randomUUID(), text: 'in params' };
      client.send({ type: 'command', id: 501, name: 'message.send', ...said, text: 'not this', params });
      await client.answer(501);
      const texts = (await world.log(ann, id)).map(({ body }) => body.text);
      expect(texts.slice(-2)).toEqual(['in the frame', 'in params']);
      client.send({ type: 'command', id: 502, name: 'conversation.update', conversation: id });
      await expect(client.answer(502)).rejects.toMatchObject(refusal('bad_request'));
      client.send({ type: 'command', id: 503, name: 'conversation.update', params: { conversation: id, name: 'n' } });
      expect(await client.answer(503)).toMatchObject({ seq: Number(first.seq) + 2 });
    });

    test('[W6] other faults are answered with the id, nothing is written, and the connection lives', async () => {
      const [ann, ben] = world.pair();
      const { id, head } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      await expect(client.command('message.dance')).rejects.toMatchObject(refusal('unknown_command'));
      await expect(client.command('toString')).rejects.toMatchObject(refusal('unknown_command'));
      await expect(client.say(id, '')).rejects.toMatchObject(refusal('bad_request'));
      await expect(client.say(id, 'a\0b')).rejects.toMatchObject(refusal('bad_request'));
      client.send({ type: 'dance', steps: 3 });
      client.signal('dance', { conversation: 5 });
      await client.settle();
      expect((await world.log(ann, id)).at(-1)?.seq).toBe(head);
      expect(await client.say(id, 'still here')).toMatchObject({ seq: head + 1 });
    });

    test('[W7] answers come to every command, and more than limits.pending at once are rate_limited', async () => {
      const [ann, ben] = world.pair();
      const { id } = await world.group(ann, [ben]);
      const client = await world.connect(ann);
      const { pending } = client.welcome.limits;
      const many = Array.from({ length: pending + 20 }, () => ({
        name: 'messages.read',
        params: { conversation: id },
      }));
      const answers = await Promise.allSettled(client.commands(many));
      const refused = answers.filter(({ status }) => status === 'rejected');
      expect(answers.length - refused.length).toBeGreaterThanOrEqual(pending);
      expect(refused.length).toBeGreaterThan(0);
      for (const answer of refused) {
        expect(answer).toMatchObject({ reason: { frame: { code: 'rate_limited', retry: 'same_key' } } });
      }
    });

    test('[W8] welcome says who one is, where, and what time it is', async () => {
      const [ann] = world.pair();
      const { welcome } = await world.connect(ann);
      const clock = (await world.ask(null, 'GET /healthz')).headers.get('date') ?? '';
      expect(welcome).toMatchObject({ user: { id: ann.id, username: ann.username }, session: ann.session });
      expect(Math.abs(welcome.serverTime - Date.parse(clock))).toBeLessThan(5_000);
      expect(welcome.authUntil === null || welcome.authUntil > welcome.serverTime).toBe(true);
      const tied = { body: { status: 'away' }, headers: { 'kith-connection': welcome.connection } };
      expect((await world.ask(ann, 'PUT /v1/presence', tied)).status).toBe(200);
    });
  });
}
