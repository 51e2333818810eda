// Slash commands by webhooks of a real server to a receiver on this machine: that what is asked arrives signed, and again until it
// was taken; what the receiver answers at once; and the address at which it answers later.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Invocation, Job, NewOutgoingHook, ServerFrame } from '@kith/protocol';
import { type MadeBot, makeBot } from '@kith/testkit/conformance/bots';
import type { Client } from '@kith/testkit/conformance/client';
import { type Person, World } from '@kith/testkit/conformance/world';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

type Payload = {
  readonly type: string;
  readonly data: {
    readonly bot: string;
    readonly conversation: { readonly id: string; readonly kind: string; readonly name: string | null };
    readonly invocation: Invocation;
    readonly users: { readonly [id: string]: unknown };
    readonly responseUrl: string;
  };
};
type Received = { readonly headers: IncomingHttpHeaders; readonly text: string; readonly payload: Payload };
type Reply = { readonly status: number; readonly body: string };

const TAKEN: Reply = { status: 204, body: '' };

class Receiver {
  readonly received: Received[] = [];
  answer: (nth: number) => Reply = () => TAKEN;
  #told: () => void = () => {};
  readonly #server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const { status, body } = this.answer(this.received.length);
      this.received.push({ headers: request.headers, text, payload: JSON.parse(text) as Payload });
      response.writeHead(status).end(body);
      this.#told();
    });
  });

  async open(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async nth(count: number): Promise<Received> {
    for (;;) {
      const received = this.received[count - 1];
      if (received !== undefined) return received;
      await new Promise<void>((resolve) => {
        this.#told = resolve;
      });
    }
  }
}

describe('slash commands by webhooks', () => {
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
  const scene = async () => {
    const made = await makeBot(world());
    const [ann] = world().pair();
    const subscription = { bot: made.bot.id, name: 'x', url: receiver.now.url, events: ['command.invoked'] };
    const owner = await world().owner();
    const hook = await world().do<NewOutgoingHook>(owner, 'POST /v1/hooks/outgoing', subscription);
    const { id: group } = await world().group(ann, [made.person]);
    const name = `c${randomUUID().slice(0, 12)}`;
    await world().do(made.person, `PUT /v1/bots/${made.bot.id}/commands/${name}`, { description: 'x' });
    const invoke = async (text = 'web') =>
      (
        await world().do<{ invocation: string }>(ann, `POST /v1/conversations/${group}/commands/${name}`, {
          key: randomUUID(),
          text,
        })
      ).invocation;
    return { made, ann, owner, hook, group, name, invoke };
  };
  const answerTo = async (client: Client, isMeant: (answer: Answer) => boolean): Promise<Answer> => {
    const of = (frame: ServerFrame) => (frame.type === 'signal' && frame.name === 'answer' ? frame.answer : null);
    const frame = await client.until((each) => {
      const answer = of(each);
      return answer !== null && isMeant(answer);
    });
    return of(frame) as Answer;
  };
  const lastOf = async (person: Person, conversation: string) => (await world().log(person, conversation)).at(-1);
  const waiting = async ({ person }: MadeBot) =>
    (await world().do<{ items: Invocation[] }>(person, 'GET /v1/invocations')).items;
  const post = async (url: string, body: unknown, headers: { readonly [name: string]: string } = {}) => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return [answer.status, await answer.text()];
  };
  /** What was asked is known to have been taken. */
  const taken = async (made: MadeBot) => {
    while ((await waiting(made)).length > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  test('[SC4] what is asked arrives signed, with who asked and where, and is taken by a 2xx', async () => {
    const { made, ann, hook, group, name, invoke } = await scene();
    const invocation = await invoke('web to staging');
    const { headers, text, payload } = await receiver.now.nth(1);
    expect(new Webhook(hook.secret).verify(text, headers as Record<string, string>)).toEqual(payload);
    expect(headers['webhook-id']).toBe(invocation);
    const { type, data } = payload;
    expect(type).toBe('command.invoked');
    expect(data).toMatchObject({ bot: made.bot.id, conversation: { id: group, kind: 'group' } });
    const asked = { id: invocation, command: name, text: 'web to staging', user: ann.id, conversation: group };
    expect(data.invocation).toMatchObject(asked);
    expect(Object.keys(data.users).toSorted()).toEqual([ann.id, made.bot.id].toSorted());
    await taken(made);
  });

  test('[SC5] what fails comes again with the same id until it was taken, and is among the jobs meanwhile', async () => {
    const { made, owner, hook, invoke } = await scene();
    receiver.now.answer = (nth) => (nth === 0 ? { status: 500, body: '' } : TAKEN);
    const invocation = await invoke();
    await receiver.now.nth(1);
    const jobs = async () => (await world().do<{ items: Job[] }>(owner, 'GET /v1/admin/jobs?state=waiting')).items;
    const listed = async () => (await jobs()).find(({ id }) => id === invocation);
    while ((await listed()) === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    const place = { kind: 'webhook', hook: hook.id, epoch: 0, seq: 0, event: 'command.invoked' };
    expect(await listed()).toMatchObject({ ...place, state: 'waiting', attempts: 1, lastStatus: 500 });
    await world().do(owner, `POST /v1/admin/jobs/${invocation}/retry`, {});
    const second = await receiver.now.nth(2);
    expect(second.headers['webhook-id']).toBe(invocation);
    await taken(made);
    expect(await listed()).toBeUndefined();
  });

  test('[SC8] the answer of the webhook is told to the invoker, or to all, and anything else is none', async () => {
    const { made, ann, group, invoke } = await scene();
    const own = await world().connect(ann);
    receiver.now.answer = () => ({ status: 200, body: JSON.stringify({ text: 'only *you*' }) });
    const first = await invoke();
    const answer = await answerTo(own, ({ invocation }) => invocation === first);
    expect(answer).toMatchObject({ text: 'only **you**', bot: made.bot.id, conversation: group });
    receiver.now.answer = () => {
      return { status: 200, body: JSON.stringify({ response_type: 'in_channel', text: `for <@${ann.id}> and all` }) };
    };
    await invoke();
    await own.until((frame) => frame.type === 'entry' && frame.author === made.bot.id);
    const last = await lastOf(ann, group);
    expect(last).toMatchObject({ author: made.bot.id, body: { mentions: { users: [ann.id] } } });
    for (const body of ['ok', '{"ok":true}', '[]', '{"text":7}', 'x'.repeat(100_000)]) {
      receiver.now.answer = () => ({ status: 200, body });
      await invoke();
      await taken(made);
    }
    expect(await lastOf(ann, group)).toEqual(last);
    expect(own.frames.filter((frame) => frame.type === 'signal' && frame.name === 'answer')).toHaveLength(1);
  });

  test('[SC9] the address takes five answers in the form that Slack has, a repeat once, and no other address does', async () => {
    const { made, ann, group, invoke } = await scene();
    const own = await world().connect(ann);
    const invocation = await invoke();
    const { responseUrl } = (await receiver.now.nth(1)).payload.data;
    const key = { 'idempotency-key': randomUUID() };
    const all = { response_type: 'in_channel', text: 'deployed' };
    expect(await post(responseUrl, all, key)).toEqual([200, 'ok']);
    expect(await post(responseUrl, all, key)).toEqual([200, 'ok']);
    expect(await lastOf(ann, group)).toMatchObject({ author: made.bot.id, n: 1, body: { text: 'deployed' } });
    expect(await post(responseUrl, { text: 'to you', response_type: 'ephemeral' })).toEqual([200, 'ok']);
    await answerTo(own, (answer) => answer.invocation === invocation && answer.text === 'to you');
    expect(await post(responseUrl, { nothing: 1 })).toEqual([400, 'no_text']);
    for (const left of [2, 1, 0])
      expect([left, ...(await post(responseUrl, { text: 'x' }))]).toEqual([left, 200, 'ok']);
    expect(await post(responseUrl, { text: 'x' })).toEqual([404, 'used_url']);
    expect(await post(responseUrl, all, key)).toEqual([200, 'ok']);
    const wrong = responseUrl.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    for (const url of [wrong, responseUrl.slice(0, -1), responseUrl.replace(invocation, randomUUID())]) {
      expect(await post(url, { text: 'x' })).toEqual([404, 'no_service']);
    }
    const second = await invoke();
    const other = (await receiver.now.nth(2)).payload.data.responseUrl;
    expect(other).toContain(second);
    await world().do(await world().owner(), `DELETE /v1/bots/${made.bot.id}`);
    expect(await post(other, { text: 'x' })).toEqual([404, 'no_service']);
  });
});
