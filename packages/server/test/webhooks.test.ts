// Outgoing webhooks of a real server to a receiver on this machine, judged by the reference library of Standard Webhooks: what
// arrives, in which order, and that nothing is lost while the receiver fails, or when the server is killed in the middle.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Entry, Job, NewOutgoingHook } from '@kith/protocol';
import { type MadeBot, makeBot } from '@kith/testkit/conformance/bots';
import { type Person, World } from '@kith/testkit/conformance/world';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

type Payload = {
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly entry: Entry } & { readonly [field: string]: unknown };
};
type Received = { readonly headers: IncomingHttpHeaders; readonly body: string; readonly status: number };

const KINDS = ['message.sent', 'message.edited', 'message.deleted', 'member.joined', 'member.left'];

class Receiver {
  readonly received: Received[] = [];
  /** What is answered to each; null for no answer. */
  answer: (body: Payload, nth: number) => number | null = () => 204;
  readonly #server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      const status = this.answer(JSON.parse(body) as Payload, this.received.length);
      this.received.push({ headers: request.headers, body, status: status ?? 0 });
      if (status === null) request.socket.destroy();
      else
        response
          .writeHead(status, status === 302 ? { location: `${this.url}/elsewhere` } : {})
          .end('x'.repeat(100_000));
    });
  });

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** What was taken, each once, in the order of coming. */
  taken(): readonly Payload[] {
    const ids = new Set<unknown>();
    const first = this.received.filter(({ status, headers }) => {
      const isNew = status >= 200 && status < 300 && !ids.has(headers['webhook-id']);
      if (isNew) ids.add(headers['webhook-id']);
      return isNew;
    });
    return first.map(({ body }) => JSON.parse(body) as Payload);
  }
}

async function until(isSo: () => boolean | Promise<boolean>, ms = 30_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error('it did not come to pass');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const textsOf = (payloads: readonly Payload[]) => payloads.map(({ data }) => data.entry.body.text);

describe('outgoing webhooks', () => {
  const opened: { server?: RealServer; world?: World } = {};
  const receiver = { now: new Receiver() };
  beforeAll(async () => {
    const server = await startRealServer({ RATE_FACTOR: '100', EGRESS_ALLOW: '127.0.0.1' });
    opened.server = server;
    opened.world = new World(() => server.url);
    await opened.world.fill(8);
  });
  afterAll(() => opened.server?.stop());
  beforeEach(async () => {
    receiver.now = new Receiver();
    await receiver.now.open();
  });
  afterEach(() => receiver.now.close());

  const world = () => {
    if (opened.world === undefined) throw new Error('the server is not there yet');
    return opened.world;
  };
  const subscribed = async (): Promise<{ made: MadeBot; hook: NewOutgoingHook; ann: Person; group: string }> => {
    const made = await makeBot(world());
    const [ann] = world().pair();
    const body = { bot: made.bot.id, name: 'x', url: `${receiver.now.url}/hook`, events: KINDS };
    const hook = await world().do<NewOutgoingHook>(await world().owner(), 'POST /v1/hooks/outgoing', body);
    const { id: group } = await world().group(ann, [made.person]);
    return { made, hook, ann, group };
  };

  test('[A12] [A13] [A14] what happens where the bot is arrives in order, signed, and nothing else does', async () => {
    const { made, hook, ann, group } = await subscribed();
    const other = await world().group(ann, []);
    await world().send(ann, other.id, 'not for the bot');
    await world().send(made.person, group, 'of the bot');
    const { seq, epoch } = await world().send(ann, group, 'first');
    await world().do(ann, `PATCH /v1/conversations/${group}/messages/${seq}`, { epoch, text: 'edited' });
    const gone = await world().send(ann, group, 'a moment');
    await world().do(ann, `DELETE /v1/conversations/${group}/messages/${gone.seq}?epoch=${epoch}`);
    await world().do(ann, `DELETE /v1/conversations/${group}/members/${made.bot.id}`);
    await world().send(ann, group, 'after the bot has gone');
    await until(() => receiver.now.taken().some(({ type }) => type === 'member.left'));
    const taken = receiver.now.taken();
    const wanted = [
      'member.joined',
      'message.sent',
      'message.edited',
      'message.sent',
      'message.deleted',
      'member.left',
    ];
    expect(taken.map(({ type }) => type)).toEqual(wanted);
    expect(taken.map(({ data }) => data.entry.seq)).toEqual(
      taken.map(({ data }) => data.entry.seq).toSorted((a, b) => a - b),
    );
    expect(taken[1]).toMatchObject({
      type: 'message.sent',
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      data: {
        bot: made.bot.id,
        conversation: { id: group, kind: 'group' },
        entry: { seq, author: ann.id, body: { text: 'first' } },
        users: { [ann.id]: { id: ann.id } },
      },
    });
    const judge = new Webhook(hook.secret);
    for (const { headers, body } of receiver.now.received) {
      const told = headers as unknown as { [name: string]: string };
      expect(judge.verify(body, told)).toEqual(JSON.parse(body));
      expect(() => judge.verify(`${body} `, told)).toThrow();
      expect(() => new Webhook('whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA').verify(body, told)).toThrow();
    }
    expect(
      receiver.now.received.every(({ body }) => !body.includes('after the bot') && !body.includes('not for')),
    ).toBe(true);
  });

  test('[A15] what fails comes again with the same id and holds up its own conversation alone; redirects are not followed', async () => {
    const set = await subscribed();
    const other = await world().group(set.ann, [set.made.person]);
    await until(() => receiver.now.taken().length === 2);
    const answers = [500, null, 302];
    const next = () => (answers.length > 0 ? (answers.shift() ?? null) : 200);
    receiver.now.answer = ({ data }) => (data.entry.body.text === 'one' ? next() : 200);
    await world().send(set.ann, set.group, 'one');
    await world().send(set.ann, set.group, 'two');
    await world().send(set.ann, other.id, 'elsewhere');
    await until(() => textsOf(receiver.now.taken()).includes('elsewhere'));
    expect(textsOf(receiver.now.taken())).not.toContain('two');
    const owner = await world().owner();
    // Nobody waits for a day here: an owner says now.
    await until(async () => {
      const { items } = await world().do<{ items: Job[] }>(owner, 'GET /v1/admin/jobs?state=waiting&limit=200');
      const failed = items.find(({ hook, attempts }) => hook === set.hook.id && attempts > 0);
      if (failed !== undefined) await world().do(owner, `POST /v1/admin/jobs/${failed.id}/retry`, {});
      return textsOf(receiver.now.taken()).includes('two');
    });
    expect(textsOf(receiver.now.taken()).filter(Boolean)).toEqual(['elsewhere', 'one', 'two']);
    const ones = receiver.now.received.filter(({ body }) => body.includes('"one"'));
    expect(ones.map(({ status }) => status)).toEqual([500, 0, 302, 200]);
    expect(new Set(ones.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  });

  test('[A13] what was deleted before it was delivered comes without its text', async () => {
    const set = await subscribed();
    await until(() => receiver.now.taken().length === 1);
    receiver.now.answer = () => 503;
    const { seq, epoch } = await world().send(set.ann, set.group, 'a secret word');
    await until(() => receiver.now.received.length > 1);
    await world().do(set.ann, `DELETE /v1/conversations/${set.group}/messages/${seq}?epoch=${epoch}`);
    receiver.now.answer = () => 200;
    const before = receiver.now.received.length;
    await until(() => receiver.now.taken().length === 3);
    const after = receiver.now.received.slice(before).map(({ body }) => body);
    expect(after.join()).not.toContain('secret word');
    expect(JSON.parse(after[0] ?? '')).toMatchObject({ type: 'message.sent', data: { entry: { seq, erased: true } } });
  });

  test('[A16] a receiver that says that it is gone is told nothing more until an owner says so', async () => {
    const set = await subscribed();
    await until(() => receiver.now.taken().length === 1);
    receiver.now.answer = () => 410;
    await world().send(set.ann, set.group, 'one');
    const owner = await world().owner();
    const disabled = async () => {
      const { items } = await world().do<{ items: NewOutgoingHook[] }>(owner, 'GET /v1/hooks/outgoing');
      return items.find(({ id }) => id === set.hook.id)?.disabled ?? null;
    };
    await until(async () => (await disabled()) !== null);
    expect((await disabled())?.why).toContain('410');
    receiver.now.answer = () => 200;
    await world().do(owner, `PATCH /v1/hooks/outgoing/${set.hook.id}`, { enabled: true });
    await until(() => textsOf(receiver.now.taken()).includes('one'));
  });
});
