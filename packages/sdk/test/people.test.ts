// Contacts, folders, blocks and switches through the SDK against a real server: what one device sets the others of the person
// show, also where both were away; what one writes is shown at once; and what others see of it. Rules V2 to V13.

import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SignedIn } from '@kith/protocol';
import { Product } from '@kith/testkit/conformance/product';
import { World } from '@kith/testkit/conformance/world';
import { NetworkLine } from '@kith/testkit/network-line';
import { NETWORKS } from '@kith/testkit/networks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type RealServer, startRealServer } from '../../server/test/fixtures/real-server.js';
import { Chat, type ChatOptions } from '../src/chat.js';
import { contactsOf, foldersOf } from '../src/contacts/contacts.js';
import { WorkspaceLook } from '../src/look/look.js';
import { peopleOf } from '../src/members/members.js';
import type { Person } from '../src/person.js';
import { memoryKeyValues } from '../src/platform/key-values.js';
import { presenceOf, watchPresence } from '../src/presence/presence.js';
import { FileStores } from '../src/storage/file.js';
import { MemoryStores } from '../src/storage/memory.js';
import { typed, typingOf } from '../src/typing/typing.js';
import { until } from './fixtures/facts.js';

const PASSWORD = 'a long pass phrase of the tests';
const CONTACTS = 1_000;
/** Requests of the test that are under way at once. */
const ABREAST = 8;

describe('people whom one keeps', () => {
  let server: RealServer;
  let world: World;
  const ends: (() => unknown)[] = [];
  const chats = new Map<Person, Chat>();

  beforeAll(async () => {
    server = await startRealServer({ RATE_FACTOR: '1000' });
    world = new World(() => server.url);
    await world.fill(1);
  });
  afterAll(() => server?.stop());
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  function chat(options: Partial<ChatOptions> = {}): Chat {
    const made = new Chat({
      url: server.url,
      stores: new MemoryStores(),
      ...options,
      platform: { WebSocket, keyValues: memoryKeyValues(), ...options.platform },
    });
    ends.push(() => made.close());
    return made;
  }

  async function somebody(
    options: Partial<ChatOptions> = {},
  ): Promise<{ person: Person; username: string; chat: Chat }> {
    const made = chat(options);
    const username = `u${randomUUID().slice(0, 8)}`;
    const person = await made.signUp({ username, password: PASSWORD });
    await until(person.connection, ({ kind }) => kind === 'open');
    return { person, username, chat: made };
  }

  /** Of whoever is signed in there. */
  function lookOf(made: Chat, person: Person): WorkspaceLook {
    const look = new WorkspaceLook(made, person);
    ends.push(() => look.close());
    return look;
  }

  async function another(username: string, options: Partial<ChatOptions> = {}): Promise<Person> {
    const made = chat(options);
    const person = await made.signIn({ username, password: PASSWORD });
    chats.set(person, made);
    await until(person.connection, ({ kind }) => kind === 'open');
    return person;
  }

  const line = async () => {
    const [network] = NETWORKS;
    if (!network) throw new Error('there is no network');
    const made = await NetworkLine.to(server.url, network);
    ends.push(() => made.close());
    return made;
  };

  it('[V11] [V13] contacts and folders set on one device are on the other within a second, removals too', async () => {
    const { person: laptop, username } = await somebody();
    const { person: ben } = await somebody();
    const phone = await another(username);
    const [contacts, folders] = [contactsOf(phone), foldersOf(phone)];
    expect(contacts.getSnapshot()).toEqual([]);
    const folder = { name: 'Club', emoji: '🎉', colour: 'red', conversations: [], users: [ben.id] };
    const startedMs = performance.now();
    await laptop.set(`contact:${ben.id}`, { name: 'Benny', favourite: true });
    await laptop.set('folder:club', folder);
    // Shown at once where it was written.
    expect(foldersOf(laptop).getSnapshot()).toEqual([{ id: 'club', ...folder }]);
    await until(folders, ([first]) => first?.name === 'Club');
    const [contact] = await until(contacts, ([first]) => first?.user !== undefined && first.user !== null);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
    expect(contact).toMatchObject({ id: ben.id, name: 'Benny', favourite: true, user: { id: ben.id } });
    // The list stays the same object while nothing of it changes, and has the profile as it is now.
    expect(contacts.getSnapshot()).toBe(contacts.getSnapshot());
    await laptop.set(`contact:${ben.id}`, null);
    await laptop.set('folder:club', null);
    await until(contacts, (all) => all.length === 0);
    await until(folders, (all) => all.length === 0);
    await until(laptop.unsent(laptop.self ?? ''), (items) => items.length === 0);
  });

  it('[V11] a profile that changes is shown in the list of contacts', async () => {
    const { person: ann } = await somebody();
    const { person: ben, chat: theirs } = await somebody();
    await ann.create({ kind: 'direct', members: [ben.id] });
    await ann.set(`contact:${ben.id}`, {});
    const contacts = contactsOf(ann);
    await until(contacts, ([first]) => first?.user?.id === ben.id);
    await theirs.request('PATCH', '/me', { displayName: 'Benjamin' });
    await until(contacts, ([first]) => first?.user?.name === 'Benjamin');
  });

  it('[V13] what both set while they were away is the same on both when they are back, and outlives the run', async () => {
    const { username } = await somebody();
    const lines = [await line(), await line()] as const;
    const directory = await mkdtemp(join(tmpdir(), 'kith-people-'));
    ends.push(() => rm(directory, { recursive: true }));
    const options = { stores: new FileStores({ directory }), platform: { keyValues: memoryKeyValues() } };
    const one = await another(username, { ...options, url: lines[0].url });
    const two = await another(username, { url: lines[1].url });
    for (const person of [one, two]) foldersOf(person).getSnapshot();
    await one.set('folder:a', { name: 'A' });
    await until(foldersOf(two), (all) => all.length === 1);
    for (const each of lines) each.cut();
    for (const { connection } of [one, two]) await until(connection, ({ kind }) => kind !== 'open');
    await one.set('folder:a', { name: 'A', colour: 'blue' });
    await one.set('folder:b', { name: 'B' });
    await two.set('folder:c', { name: 'C' });
    const folderIds = (person: Person) => Array.from(foldersOf(person).getSnapshot(), ({ id }) => id);
    expect(folderIds(one)).toEqual(['a', 'b']);
    expect(folderIds(two)).toEqual(['a', 'c']);
    for (const each of lines) each.mend();
    for (const person of [one, two]) {
      await until(foldersOf(person), (all) => all.length === 3 && all[0]?.colour === 'blue');
    }
    await until(one.unsent(one.self ?? ''), (items) => items.length === 0);
    expect(foldersOf(two).getSnapshot()).toEqual(foldersOf(one).getSnapshot());
    // Off the line another run has what was held.
    await chats.get(one)?.close();
    lines[0].cut();
    const offline = await chat({ ...options, url: lines[0].url }).start();
    await until(foldersOf(offline ?? one), (all) => all.length === 3);
    expect(offline?.connection.getSnapshot().kind).not.toBe('open');
  });

  it('[V12] a thousand contacts are listed with their profiles, favourites first', async () => {
    const { person: laptop, username, chat: own } = await somebody();
    const product = await Product.of(world);
    const keep = async (index: number) => {
      const assertion = await product.sign({ sub: `contact ${index}`, name: `Person ${index}` });
      const { body } = await world.ask<SignedIn>(null, 'POST /v1/sessions', { body: { assertion } });
      const value = { name: `Contact ${String(index).padStart(4, '0')}`, favourite: index === 700 };
      await own.request('PUT', `/settings/contact:${body.user.id}`, { value });
    };
    const indexes = Array.from({ length: CONTACTS }, (_, index) => index);
    const workers = Array.from({ length: ABREAST }, async () => {
      for (let next = indexes.pop(); next !== undefined; next = indexes.pop()) await keep(next);
    });
    await Promise.all(workers);
    const phone = await another(username);
    const listed = await until(contactsOf(phone), (all) => all.length === CONTACTS && all.every(({ user }) => user));
    expect(listed.map(({ name }) => name).slice(0, 3)).toEqual(['Contact 0700', 'Contact 0000', 'Contact 0001']);
    await until(contactsOf(laptop), (all) => all.length === CONTACTS);
  }, 600_000);

  it('[V8] in a group messages of whom one blocks come folded, and unfold when one blocks them no more', async () => {
    const { person: ann } = await somebody();
    const { person: ben } = await somebody();
    const { person: carol } = await somebody();
    const group = await carol.create({ kind: 'group', members: [ann.id, ben.id], name: 'group' });
    const timeline = ann.timeline(group);
    await until(ben.conversation(group), (view) => view !== null);
    await ben.send(group, 'from ben');
    await carol.send(group, 'from carol');
    await until(timeline.view, ({ items }) => items.filter(({ kind }) => kind === 'message.sent').length === 2);
    await ann.set(`block:${ben.id}`, true);
    const { items } = await until(timeline.view, (view) => view.items.some(({ folded }) => folded));
    expect(items.filter(({ folded }) => folded).map(({ author, body }) => [author, body.text])).toEqual([
      [ben.id, 'from ben'],
    ]);
    expect([...ann.blocked.getSnapshot()]).toEqual([ben.id]);
    await until(ann.unsent(ann.self ?? ''), (waiting) => waiting.length === 0);
    // What comes later, too; to Carol, and to Ben, nothing is folded.
    await ben.send(group, 'again');
    await until(timeline.view, (view) => view.items.filter(({ folded }) => folded).length === 2);
    const theirs = carol.timeline(group);
    await until(theirs.view, (view) => view.items.at(-1)?.body.text === 'again');
    expect(theirs.view.getSnapshot().items.some(({ folded }) => folded)).toBe(false);
    await ann.set(`block:${ben.id}`, null);
    await until(timeline.view, (view) => !view.items.some(({ folded }) => folded));
    for (const each of [timeline, theirs]) each.close();
  });

  it('[V7] a message to somebody who blocks fails visibly, and goes when they block no more', async () => {
    const { person: ann } = await somebody();
    const { person: ben } = await somebody();
    const conversation = await ben.create({ kind: 'direct', members: [ann.id] });
    await until(ann.conversation(conversation), (view) => view !== null);
    await ann.set(`block:${ben.id}`, true);
    await until(ann.unsent(ann.self ?? ''), (waiting) => waiting.length === 0);
    const { key } = await ben.send(conversation, 'hello');
    const [item] = await until(ben.unsent(conversation), ([first]) => first?.status === 'failed');
    expect(item?.failure).toMatchObject({ code: 'forbidden' });
    await ann.set(`block:${ben.id}`, false);
    await until(ann.unsent(ann.self ?? ''), (waiting) => waiting.length === 0);
    await ben.retry(key);
    await until(ann.conversation(conversation), (view) => view?.unread === 1);
  });

  it('[V2] [V4] [V5] what one switches off nobody sees, and one sees of nobody', async () => {
    const { person: ann } = await somebody();
    const { person: ben } = await somebody();
    const conversation = await ann.create({ kind: 'direct', members: [ben.id] });
    await until(ben.conversation(conversation), (view) => view !== null);
    const watches = [watchPresence(ann, [ben.id]), watchPresence(ben, [ann.id])];
    const typists = typingOf(ben, conversation);
    await until(presenceOf(ben, ann.id), ({ status }) => status === 'online');
    for (const name of ['presence', 'receipts', 'typing']) await ann.set(`privacy:${name}`, false);
    await until(ann.unsent(ann.self ?? ''), (waiting) => waiting.length === 0);
    await until(presenceOf(ben, ann.id), ({ status }) => status === 'unknown');
    await until(presenceOf(ann, ben.id), ({ status }) => status === 'unknown');
    const { place } = await ben.send(conversation, 'hello');
    expect(place).toBe(null);
    const view = await until(ann.conversation(conversation), (shown) => shown?.unread === 1);
    ann.read(conversation, view?.head ?? 0);
    typed(ann, conversation);
    await until(ann.conversation(conversation), (shown) => shown?.unread === 0);
    await until(peopleOf(ben, conversation), ({ marks }) => marks.get(ann.id)?.delivered === view?.head);
    expect(peopleOf(ben, conversation).getSnapshot().marks.get(ann.id)?.read ?? 0).toBeLessThan(view?.head ?? 0);
    expect(typists.getSnapshot()).toEqual([]);
    for (const watch of watches) watch.end();
  });

  it.each(['group', 'direct'] as const)(
    '[M12] what was read in a %s conversation while one was away is shown when one is back',
    async (kind) => {
      const network = await line();
      const { username } = await somebody();
      const ann = await another(username, { url: network.url });
      const { person: ben, chat: theirs } = await somebody();
      const conversation = await ann.create({
        kind,
        members: [ben.id],
        ...(kind === 'group' ? { name: 'group' } : {}),
      });
      const people = peopleOf(ann, conversation);
      ends.push(people.subscribe(() => {}));
      await ann.send(conversation, 'hello');
      const { head = 0 } = (await until(ben.conversation(conversation), (view) => view?.unread === 1)) ?? {};
      await until(people, ({ marks }) => marks.get(ben.id)?.delivered === head);
      expect(people.getSnapshot().marks.get(ben.id)?.read ?? 0).toBeLessThan(head);
      network.cut();
      await until(ann.connection, ({ kind }) => kind !== 'open');
      ben.read(conversation, head);
      const standing = () => theirs.request('GET', `/conversations/${conversation}/marks`);
      await expect
        .poll(standing)
        .toMatchObject({ items: expect.arrayContaining([expect.objectContaining({ read: head })]) });
      network.mend();
      await until(people, ({ marks }) => marks.get(ben.id)?.read === head);
      // Whose whole log came by itself was told of no marks with it.
      const later = peopleOf(await another(username), conversation);
      ends.push(later.subscribe(() => {}));
      await until(later, ({ marks }) => marks.get(ben.id)?.read === head);
    },
  );

  it('[LK1] [LK2] [LK3] have the accent that their workspace sets, who looks on and who comes later; who may not set it keeps it', async () => {
    const { username: name, password } = await world.owner();
    const [ann, owners] = [await somebody(), chat()];
    const [own, theirs] = [
      lookOf(owners, await owners.signIn({ username: name, password })),
      lookOf(ann.chat, ann.person),
    ];
    await until(theirs.accent, (accent) => accent === 'green');
    await own.set('violet');
    expect(own.accent.getSnapshot()).toBe('violet');
    await until(theirs.accent, (accent) => accent === 'violet');
    const later = await somebody();
    await until(lookOf(later.chat, later.person).accent, (accent) => accent === 'violet');
    await expect(theirs.set('red')).rejects.toMatchObject({ code: 'forbidden' });
    expect(theirs.accent.getSnapshot()).toBe('violet');
  });
});
