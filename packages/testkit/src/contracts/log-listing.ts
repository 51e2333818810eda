// Contract of the log: which summaries a person gets, in what order, and what a cursor vouches for.
import { type ConversationId, type Cursor, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { LogSummary, SummaryPage, SummaryQuery } from '@kith/server/core/log';
import { expect, test } from 'vitest';
import { freshId, type LogWorld, message, numbersTo, type Place, people, setting, write } from './log-world.js';
import { soon } from './soon.js';

/** More pages than any listing here has. */
const MOST_PAGES = 100;

export function listingRules(world: LogWorld): void {
  test('[LOG39] without a cursor the listing is of all conversations in which the person is, each as its summary', async () => {
    const [owner, guest = owner] = people(2);
    const first = await world.create('group', [owner, guest]);
    const second = await world.create('direct', [guest, owner], first.workspace);
    const left = await world.create('group', [owner, guest], first.workspace);
    await world.remove(left, owner, guest);
    await world.create('group', [owner], first.workspace);
    const listed = await world.list(first, guest);
    expect(listed.map(({ id }) => id).sort()).toEqual([first.conversation, second.conversation].sort());
    for (const summary of listed)
      expect(summary).toEqual(await world.log.summary(toId<ConversationId>(summary.id), guest));
    expect(await world.list({ workspace: freshId<WorkspaceId>() }, guest)).toEqual([]);
  });

  test('[LOG40] a listing is newest first, in pages of at most `limit`, each conversation once', async () => {
    const [user] = people(1);
    const workspace = freshId<WorkspaceId>();
    const places: Place[] = [];
    for (const _ of numbersTo(7)) places.push(await world.create('group', [user], workspace));
    for (const place of places.filter((_, index) => index % 3 === 2)) await world.send(place, user);
    for (const limit of [1, 3, 7, 100]) {
      // The last page may name again what a cautious cursor takes for new; that passes when the store is quiet.
      await soon(async () => {
        const pages = await walk(world, { workspace, user, limit });
        expect(pages.map(({ summaries }) => summaries.length)).toEqual(pageSizes(7, limit));
        const summaries = pages.flatMap((page) => page.summaries);
        expect(new Set(summaries.map(({ id }) => id))).toEqual(new Set(places.map(({ conversation }) => conversation)));
        const times = summaries.map(({ updatedAt }) => updatedAt);
        expect(times).toEqual([...times].sort((a, b) => b - a));
        for (const page of pages) expect(page.cursor).toBe(pages[0]?.cursor);
      });
    }
  });

  test('[LOG107] listings that are asked for at the same time are answered and refused as if each were alone', async () => {
    const users = people(40);
    const [first = ''] = users;
    const places: Place[] = [];
    for (const size of [40, 20, 7])
      places.push(await world.create('group', users.slice(0, size), places[0]?.workspace));
    const workspace = places[0]?.workspace ?? freshId<WorkspaceId>();
    for (const node of world.nodes) {
      const query = (user: UserId) => ({ workspace, user, limit: 10 });
      const pages = Promise.all(users.map((user) => node.summaries(query(user))));
      const heads = Promise.all(users.map((user) => node.conversationsOf(user)));
      const page = { ...query(toId<UserId>(first)), page: 'no page' };
      await expect(node.summaries(page)).rejects.toMatchObject({ code: 'bad_request' });
      const isIn = (index: number) => [40, 20, 7].filter((size) => index < size).length;
      expect((await pages).map(({ summaries }) => summaries.length)).toEqual(users.map((_, index) => isIn(index)));
      expect((await heads).map((all) => all.length)).toEqual(users.map((_, index) => isIn(index)));
      for (const [index, { summaries }] of (await pages).entries()) {
        const alone = (await node.summaries(query(users[index] ?? toId<UserId>(first)))).summaries;
        expect(summaries).toEqual(alone);
      }
    }
  });

  test('[LOG41] what changes while a listing is walked is named by its last page', async () => {
    const [user, other = user] = people(2);
    const workspace = freshId<WorkspaceId>();
    const places: Place[] = [];
    for (const _ of numbersTo(9)) places.push(await world.create('group', [other, user], workspace));
    const oldest = (await world.list({ workspace }, user)).at(-1);
    const moved = { workspace, conversation: toId<ConversationId>(oldest?.id ?? '') };
    const born: Place[] = [];
    const pages = await walk(world, { workspace, user, limit: 2 }, async (count) => {
      if (count === 1) await world.send(moved, other);
      if (count === 2) born.push(await world.create('group', [other, user], workspace));
    });
    const summaries = pages.flatMap((page) => page.summaries);
    const all = [...places, ...born].map(({ conversation }) => conversation);
    expect(new Set(summaries.map(({ id }) => id))).toEqual(new Set(all));
    expect(pages.at(-1)?.summaries.find(({ id }) => id === moved.conversation)?.head).toBe(3);
    // The cursor of every page is the first one's: what changed during the walk comes again with it.
    const again = await world.list({ workspace }, user, pages.at(-1)?.cursor);
    expect(again.map(({ id }) => id)).toEqual(expect.arrayContaining([moved.conversation, born[0]?.conversation]));
  });

  const CAUSES: { readonly [cause: string]: (scene: Scene) => Promise<unknown> } = {
    'a new message': ({ place, peer }) => world.send(place, peer),
    'a new name': ({ place, peer }) =>
      world.log.append(write(place, peer, { drafts: [{ kind: 'conversation.updated', body: { name: 'new' } }] })),
    'a write on another node': ({ place, peer }) => world.other.append(message(place, peer, 'on the second')),
    'own marks': ({ place, me }) =>
      world.log.advance([{ conversation: place.conversation, user: me, delivered: 1, read: 1 }]),
    'own marks set on another node': ({ place, me }) =>
      world.other.advance([{ conversation: place.conversation, user: me, delivered: 1, read: 0 }]),
    'marks of the peer': ({ direct, peer }) =>
      world.log.advance([{ conversation: direct.conversation, user: peer, delivered: 1, read: 1 }]),
    'a mute': ({ place, self, me }) =>
      world.log.append(setting(self, me, { name: `mute:${place.conversation}`, value: true })),
    'being removed': ({ place, peer, me }) => world.remove(place, peer, me),
    'being added': ({ closed, peer, me }) => world.add(closed, peer, me),
  };
  for (const [cause, happen] of Object.entries(CAUSES)) {
    test(`[LOG42] with a cursor a conversation is listed after ${cause}`, async () => {
      const scene = await setScene(world);
      const since = await world.cursor(scene.place, scene.me);
      await happen(scene);
      const listed = await world.list(scene.place, scene.me, since);
      const { closed, direct, place } = scene;
      const concerned = cause === 'being added' ? closed : cause === 'marks of the peer' ? direct : place;
      const summary = listed.find(({ id }) => id === concerned.conversation);
      expect(summary).toEqual({
        ...(await world.log.summary(concerned.conversation, scene.me)),
        seenHead: summary?.seenHead,
      });
      expect(summary).toBeDefined();
    });
  }

  test('[LOG43] where nothing happens, a fresh cursor soon lists nothing', async () => {
    const { place, me, peer } = await setScene(world);
    await world.send(place, peer);
    await soon(async () => {
      const since = await world.cursor(place, me);
      expect(await world.list(place, me, since)).toEqual([]);
    });
  });

  test('[LOG43] what one has no part in is not listed', async () => {
    const { place, closed, me, peer } = await setScene(world);
    const since = await world.cursor(place, me);
    await world.send(closed, peer);
    expect((await world.list(place, me, since)).map(({ id }) => id)).not.toContain(closed.conversation);
  });

  test('[LOG44] seenHead is not above the head that the cursor knew, and equal to it in a quiet store', async () => {
    const { place, me, peer } = await setScene(world);
    const seen = async (since: Cursor) =>
      (await world.list(place, me, since)).find(({ id }) => id === place.conversation)?.seenHead;
    await soon(async () => {
      const before = await world.cursor(place, me);
      const known = (await world.log.summary(place.conversation, me))?.head ?? 0;
      await Promise.all(numbersTo(3).map(() => world.send(place, peer)));
      const seenHead = await seen(before);
      expect(seenHead).toBeLessThanOrEqual(known);
      expect(seenHead).toBe(known);
    });
    const head = (await world.log.summary(place.conversation, me))?.head ?? 0;
    let mark = 0;
    await soon(async () => {
      const since = await world.cursor(place, me);
      mark += 1;
      await world.log.advance([{ conversation: place.conversation, user: me, delivered: mark, read: 0 }]);
      expect(await seen(since)).toBe(head);
    });
  });

  test('[LOG44] of a conversation that one came into since the cursor, seenHead is below the joining', async () => {
    const { place, closed, me, peer } = await setScene(world);
    const since = await world.cursor(place, me);
    const fresh = await world.create('group', [peer, me], place.workspace);
    await world.send(closed, peer);
    await world.add(closed, peer, me);
    const listed = await world.list(place, me, since);
    for (const { conversation } of [fresh, closed]) {
      const summary = listed.find(({ id }) => id === conversation);
      expect(summary?.seenHead).toBeLessThan(summary?.joined ?? 0);
    }
  });

  test('[LOG45] a conversation left since the cursor is listed with role none, its head at the removal; later cursors omit it', async () => {
    const { place, me, peer } = await setScene(world);
    const since = await world.cursor(place, me);
    await world.send(place, peer);
    const removal = await world.remove(place, peer, me);
    await world.send(place, peer, 'not for them');
    const left = (await world.list(place, me, since)).find(({ id }) => id === place.conversation);
    expect(left).toMatchObject({ role: 'none', head: removal.seq, last: removal.entries[0] });
    expect(left?.seenHead).toBeLessThan(removal.seq - 1);
    expect(await ids(world, place, me)).not.toContain(place.conversation);
    await soon(async () => {
      const later = await world.cursor(place, me);
      await world.send(place, peer, 'not for them either');
      expect((await world.list(place, me, later)).map(({ id }) => id)).not.toContain(place.conversation);
    });
  });

  test('[LOG46] a cursor that is none, or of another store, gives the first page of everything with reset', async () => {
    const { place, closed, direct, self, me, peer } = await setScene(world);
    await world.remove(place, peer, me);
    const elsewhere = await world.make();
    const strange = await world.cursor(place, me, elsewhere.log);
    await elsewhere.close();
    const cursors = ['', 'nonsense', '0', '99999999999999999999', strange] as Cursor[];
    for (const since of cursors) {
      const page = await world.log.summaries({ workspace: place.workspace, user: me, limit: 100, since });
      expect(page.reset).toBe(true);
      expect(page.summaries.map(({ id }) => id).sort()).toEqual([direct.conversation, self.conversation].sort());
      expect(page.summaries.map(({ id }) => id)).not.toContain(closed.conversation);
      for (const summary of page.summaries) expect(summary.seenHead).toBe(summary.head);
    }
    const good = await world.cursor(place, me);
    const page = await world.log.summaries({ workspace: place.workspace, user: me, limit: 100, since: good });
    expect(page.reset).toBe(false);
  });

  test('[LOG47] a cursor serves on every node of its store, and so does the mark of the change feed', async () => {
    const { place, me, peer } = await setScene(world);
    const { mark } = await world.log.changes(null);
    const cursor = await world.cursor(place, me);
    await world.send(place, peer);
    for (const since of [mark, cursor]) {
      const page = await world.other.summaries({ workspace: place.workspace, user: me, limit: 100, since });
      expect(page.reset).toBe(false);
      expect(page.summaries.map(({ id }) => id)).toContain(place.conversation);
    }
  });

  test('[LOG47] a walk may go on at another node', async () => {
    const { place, me } = await setScene(world);
    const first = await world.log.summaries({ workspace: place.workspace, user: me, limit: 2 });
    const page = first.next ?? '';
    const second = await world.other.summaries({ workspace: place.workspace, user: me, limit: 2, page });
    expect(second.reset).toBe(false);
    const named = [...first.summaries, ...second.summaries].map(({ id }) => id);
    expect(named.sort()).toEqual((await ids(world, place, me)).sort());
  });

  test('[LOG48] with a cursor, too, a long listing comes in pages and each keeps to the cursor', async () => {
    const [user, other = user] = people(2);
    const workspace = freshId<WorkspaceId>();
    const places: Place[] = [];
    for (const _ of numbersTo(7)) places.push(await world.create('group', [other, user], workspace));
    await soon(async () => {
      const since = await world.cursor({ workspace }, user);
      const changed = places.slice(0, 5);
      for (const place of changed) await world.send(place, other);
      const pages = await walk(world, { workspace, user, limit: 2, since });
      expect(pages.map(({ summaries }) => summaries.length)).toEqual([2, 2, 1]);
      const named = pages.flatMap(({ summaries }) => summaries.map(({ id }) => id));
      expect(new Set(named)).toEqual(new Set(changed.map(({ conversation }) => conversation)));
      for (const { summaries } of pages) for (const one of summaries) expect(one.seenHead).toBe(one.head - 1);
    });
  });
}

type Scene = {
  readonly me: UserId;
  readonly peer: UserId;
  /** Both are in it; the peer owns it. */
  readonly place: Place;
  /** The peer alone. */
  readonly closed: Place;
  readonly direct: Place;
  readonly self: Place;
};

async function setScene(world: LogWorld): Promise<Scene> {
  const [me, peer = me] = people(2);
  const place = await world.create('group', [peer, me]);
  await world.send(place, peer);
  const closed = await world.create('group', [peer], place.workspace);
  const direct = await world.create('direct', [me, peer], place.workspace);
  const self = await world.create('self', [me], place.workspace);
  return { me, peer, place, closed, direct, self };
}

/** All pages of a listing; each but the first is asked for by the token alone. */
async function walk(
  world: LogWorld,
  query: SummaryQuery,
  between: (count: number) => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly SummaryPage[]> {
  const pages = [await world.log.summaries(query)];
  const { workspace, user, limit } = query;
  for (let page = pages[0]?.next ?? null; page !== null; ) {
    await between(pages.length);
    const answer = await world.log.summaries({ workspace, user, limit, page });
    pages.push(answer);
    if (pages.length > MOST_PAGES) throw new Error('the listing does not end');
    page = answer.next;
  }
  return pages;
}

function pageSizes(total: number, limit: number): readonly number[] {
  return numbersTo(Math.ceil(total / limit)).map((page) => Math.min(limit, total - (page - 1) * limit));
}

async function ids(world: LogWorld, place: Place, user: UserId): Promise<LogSummary['id'][]> {
  return (await world.list(place, user)).map(({ id }) => id);
}
