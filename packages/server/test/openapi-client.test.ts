// A stock client, made of the OpenAPI document that a server gives and of nothing else, talks to the real process.
import { randomUUID } from 'node:crypto';
import type { Entry, SignedIn, Summary, TimelineItem, Written } from '@kith/protocol';
import { OpenAPIClientAxios } from 'openapi-client-axios';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealServer, startRealServer } from './fixtures/real-server.js';

type Answer<T> = { readonly status: number; readonly data: T };
type Call = <T>(parameters?: object | null, body?: object) => Promise<Answer<T>>;
type Client = { readonly [operation: string]: Call };

let server: RealServer;

beforeAll(async () => {
  server = await startRealServer({});
});
afterAll(() => server?.stop());

describe('[S141] [H6] a client that was made of the document alone', () => {
  async function clientFor(token?: string): Promise<Client> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const api = new OpenAPIClientAxios({
      definition: `${server.url}/v1/openapi.json`,
      axiosConfigDefaults: { baseURL: server.url, headers, validateStatus: () => true },
    });
    return (await api.init()) as unknown as Client;
  }

  async function signUp(username: string): Promise<{ readonly id: string; readonly client: Client }> {
    const anyone = await clientFor();
    const account = { username, name: username, password: 'seven tall herons 41' };
    const { status, data } = await call<SignedIn>(anyone, 'account.create', null, account);
    expect(status).toBe(201);
    return { id: data.user.id, client: await clientFor(data.accessToken) };
  }

  it('signs up, makes a group, writes, answers, reacts and reads', async () => {
    const [ann, ben] = [await signUp('ann'), await signUp('ben')];
    const wish = { key: randomUUID(), kind: 'group', name: 'of the document', members: [ben.id] };
    const { data: group } = await call<Summary>(ann.client, 'conversation.create', null, wish);
    const { id: conversation, epoch } = group;

    const message = { key: randomUUID(), text: 'made by a machine' };
    const first = await call<Written>(ann.client, 'message.send', { conversation }, message);
    expect(first).toMatchObject({ status: 201, data: { conversation, duplicate: false } });
    const again = await call<Written>(ann.client, 'message.send', { conversation }, message);
    expect(again).toMatchObject({ status: 200, data: { seq: first.data.seq, duplicate: true } });

    const { seq } = first.data;
    const answer = { key: randomUUID(), text: 'an answer', thread: seq, epoch };
    expect(await call(ben.client, 'message.send', { conversation }, answer)).toMatchObject({ status: 201 });
    const place = { conversation, target: seq, emoji: '👍' };
    const reacted = await call(ben.client, 'reaction.set', place, { epoch, key: randomUUID() });
    expect(reacted).toMatchObject({ status: 200 });

    const shown = await call<{ items: TimelineItem[] }>(ann.client, 'messages.read', {
      conversation,
      epoch,
      limit: 1,
      before: seq + 1,
    });
    expect(shown.data.items).toMatchObject([
      { seq, body: { text: 'made by a machine' }, thread: { count: 1 }, reactions: [{ emoji: '👍', count: 1 }] },
    ]);
    const log = await call<{ entries: Entry[] }>(ben.client, 'entries.read', { conversation, epoch, after: seq - 1 });
    expect(log.data.entries.map(({ kind }) => kind)).toEqual(['message.sent', 'message.sent', 'reaction.set']);
  });

  it('is refused as the document says', async () => {
    const { client } = await signUp('cem');
    const nowhere = { conversation: randomUUID() };
    const problem = await call(client, 'messages.read', nowhere);
    expect(problem).toMatchObject({ status: 404, data: { code: 'not_found', status: 404 } });
    const empty = await call(client, 'message.send', nowhere, { key: randomUUID(), text: '' });
    expect(empty).toMatchObject({ status: 400, data: { code: 'bad_request' } });
  });
});

function call<T>(client: Client, operation: string, ...given: Parameters<Call>): Promise<Answer<T>> {
  const named = client[operation];
  if (named === undefined) throw new Error(`the document has no operation '${operation}'`);
  return named<T>(...given);
}
