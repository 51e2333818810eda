// One good request for each command and operation, as the rules of HTTP want to see them all. A name of the registry
// without a request here does not compile.
import { randomUUID } from 'node:crypto';
import type { RequestName, Summary, WorkspaceKey } from '@kith/protocol';
import type { Fields } from './http-client.js';
import type { Person, World } from './world.js';

/** What the requests are about: a group of `ann`'s with `ben` in it. */
export type Scene = {
  readonly world: World;
  readonly group: Summary;
  readonly ann: Person;
  readonly ben: Person;
  /** Not in the group. */
  readonly cid: Person;
  /** An open connection of `ann`'s. */
  readonly connection: string;
};

type Request = { readonly path?: Fields; readonly query?: string; readonly body?: Fields; readonly as?: Person };
type Requests = { readonly [name in RequestName]: (scene: Scene) => Request | Promise<Request> };

/** One for all: the same key again is the same row. Nobody has its private half any more. */
const PRODUCT_KEY = {
  name: 'a product',
  publicKey: `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaZdNbD2Ycodk7ZPXFvqSfHc7YlnM
x1lAaZ3NP4pI4FED0J3b30iKMAWXgNRNlkNYHShK3YFronZrVyY8A807qA==
-----END PUBLIC KEY-----
`,
};

export const REQUESTS: Requests = {
  'message.send': ({ group }) => ({ path: { conversation: group.id }, body: { key: randomUUID(), text: 'x' } }),
  'message.edit': async (scene) => ({
    path: await messageOf(scene),
    body: { epoch: scene.group.epoch, key: randomUUID(), text: 'y' },
  }),
  'message.delete': async (scene) => ({ path: await messageOf(scene), query: `epoch=${scene.group.epoch}` }),
  'message.history': async (scene) => ({ path: await messageOf(scene), query: `epoch=${scene.group.epoch}` }),
  'reaction.set': async (scene) => ({
    path: { ...(await messageOf(scene)), emoji: '👍🏽' },
    body: { epoch: scene.group.epoch, key: randomUUID() },
  }),
  'reaction.clear': async (scene) => ({
    path: { ...(await messageOf(scene)), emoji: '❤️' },
    query: `epoch=${scene.group.epoch}`,
  }),
  'reactions.read': async (scene) => ({ path: await messageOf(scene), query: `epoch=${scene.group.epoch}&limit=3` }),
  'message.pin': async (scene) => ({
    path: await messageOf(scene),
    body: { epoch: scene.group.epoch, key: randomUUID() },
  }),
  'message.unpin': async (scene) => ({ path: await messageOf(scene), query: `epoch=${scene.group.epoch}` }),
  'pins.read': ({ group }) => ({ path: { conversation: group.id }, query: 'limit=3' }),
  'conversation.create': ({ ben }) => ({ body: { kind: 'group', members: [ben.id] } }),
  'conversation.update': ({ group }) => ({ path: { conversation: group.id }, body: { name: 'new' } }),
  'conversation.read': ({ group }) => ({ path: { conversation: group.id } }),
  'conversations.list': () => ({ query: 'limit=5' }),
  'channels.list': () => ({ query: 'query=x&limit=5' }),
  'channel.join': async ({ world, cid }) => {
    const body = { kind: 'channel', members: [], name: 'joined', visibility: 'public' };
    const { id } = await world.do<Summary>(cid, 'POST /v1/conversations', body);
    return { path: { conversation: id }, body: { key: randomUUID() } };
  },
  'member.add': ({ group, cid }) => ({ path: { conversation: group.id, user: cid.id }, body: { role: 'moderator' } }),
  'member.role': ({ group, ben }) => ({ path: { conversation: group.id, user: ben.id }, body: { role: 'admin' } }),
  'member.remove': ({ group, ben }) => ({ path: { conversation: group.id, user: ben.id } }),
  'members.read': ({ group }) => ({ path: { conversation: group.id }, query: 'limit=1' }),
  'entries.read': ({ group }) => ({
    path: { conversation: group.id },
    query: `epoch=${group.epoch}&after=1&limit=5&changesOnly=false`,
  }),
  'messages.read': ({ group }) => ({
    path: { conversation: group.id },
    query: `epoch=${group.epoch}&around=1&limit=3`,
  }),
  'quotes.read': ({ group }) => ({ path: { conversation: group.id }, query: `epoch=${group.epoch}&targets=1,2` }),
  'threads.list': ({ group }) => ({ query: `conversation=${group.id}&limit=3` }),
  'thread.follow': async (scene) => ({ path: await messageOf(scene), body: { epoch: scene.group.epoch } }),
  'messages.search': ({ group, ben }) => ({
    query: `query=hello&conversation=${group.id}&from=${ben.id}&after=1&before=2&has=link&is=thread&order=best&limit=3`,
  }),
  'marks.read': ({ group }) => ({ path: { conversation: group.id }, query: 'seq=0' }),
  'settings.read': () => ({}),
  'setting.set': () => ({ path: { name: 'colour of tea' }, body: { value: [1, { a: null }] } }),
  'users.search': ({ ben }) => ({ query: `query=${ben.username}` }),
  'users.read': ({ ben, cid }) => ({ query: `ids=${ben.id},${cid.id}` }),
  'presence.watch': ({ ben }) => ({ body: { users: [ben.id] } }),
  'presence.set': () => ({ body: { status: 'online' } }),
  'account.create': () => ({ body: { username: `r${randomUUID().slice(0, 12)}`, password: 'nine blue doors 52' } }),
  'session.create': ({ ann }) => ({ body: { username: ann.username, password: ann.password, device: 'd' } }),
  'session.refresh': async ({ world, ann }) => ({ body: { refreshToken: (await world.signIn(ann)).refreshToken } }),
  'sessions.list': () => ({}),
  'session.end': async ({ world, ann }) => ({ as: await world.signIn(ann) }),
  'session.revoke': async ({ world, ann }) => ({ path: { session: (await world.signIn(ann)).session } }),
  'me.read': () => ({}),
  'me.update': () => ({ body: { avatar: null, displayName: 'Ann' } }),
  'user.read': ({ ben }) => ({ path: { user: ben.id } }),
  'ticket.create': () => ({}),
  'workspaceKeys.list': async ({ world }) => ({ as: await world.owner() }),
  'workspaceKey.add': async ({ world }) => ({ as: await world.owner(), body: PRODUCT_KEY }),
  'workspaceKey.revoke': async ({ world }) => {
    const as = await world.owner();
    const { kid } = await world.do<WorkspaceKey>(as, 'POST /v1/workspace/keys', PRODUCT_KEY);
    return { as, path: { kid } };
  },
  'marks.set': ({ group }) => ({ path: { conversation: group.id }, body: { epoch: group.epoch, read: 1 } }),
};

async function messageOf({ world, group, ann }: Scene): Promise<Fields> {
  const { seq } = await world.send(ann, group.id, 'x');
  return { conversation: group.id, target: seq };
}
