// What is there when everything has come to rest: the logs as the database has them, and what every tab shows.
import type { Person, Timeline } from '@kith/sdk';
import { peopleOf } from '@kith/sdk/members/members';
import { ticksOf } from '@kith/sdk/ticks/ticks';
import type { FinalLog, FinalTab, FoundByWord, History, ShownConversation, ShownItem } from '../history/history.js';
import { shownPoll } from '../laws/polls.js';
import { hasStep } from '../plan.js';
import { retentionOf } from './aging.js';
import { leftWithServer } from './scheduling.js';
import { searchAll } from './searching.js';
import type { Tab } from './tab.js';
import type { World } from './world.js';

const MOST_ROUNDS = 20;
const ROUND_MS = 100;
const SETTLE_MS = 300;

export async function endOf(world: World): Promise<Omit<History['end'], 'errors'>> {
  const views = world.allTabs.map((tab) => ({ tab, opened: openAll(tab) }));
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await world.pass(ROUND_MS);
    if (views.every(({ opened }) => opened.every(({ timeline }) => !timeline.view.getSnapshot().isLoading))) break;
  }
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    await world.pass(SETTLE_MS);
    // A socket that takes over from what went over HTTP has done so soon.
    if (world.allTabs.every(({ liveSockets }) => liveSockets < 2)) break;
  }
  const writtenIn = new Set(world.said.map(({ conversation }) => conversation));
  const tabs = views.map(({ tab, opened }) => tabOf(tab, { opened, writtenIn }));
  for (const { opened } of views) for (const { timeline, end } of opened) [timeline.close(), end()];
  const found = world.plan.isIndexing ? await foundIn(world) : [];
  const scheduled = world.scheduled.length > 0 ? await leftWithServer(world) : [];
  const logs: readonly FinalLog[] = [...world.store.logs()].map((log) => structuredClone(log));
  const stores = await Promise.all(
    world.devices.map(async ({ name, disk }) => ({ device: name, contents: await disk.contents() })),
  );
  const retention = hasStep(world.plan, 'age') ? { retention: retentionOf(world) } : {};
  return { logs, tabs, found, scheduled, ...retention, stores };
}

/** By one tab of each person. */
async function foundIn({ people, allTabs, clock }: World): Promise<readonly FoundByWord[]> {
  const asked = people.map(async ({ id: user }) => {
    const tab = allTabs.find(({ person }) => person?.id === user);
    const found = tab?.person ? await searchAll(tab.person) : [];
    return found.map((one) => ({ tab: tab?.name ?? '', user, ...one }));
  });
  return (await clock.until(Promise.all(asked))).flat();
}

type Opened = { readonly conversation: string; readonly timeline: Timeline; readonly end: () => void };

function openAll({ person }: Tab): readonly Opened[] {
  if (!person) return [];
  return person.conversations
    .getSnapshot()
    .filter(({ role }) => role !== 'none')
    .map(({ id }) => ({
      conversation: id,
      timeline: person.timeline(id),
      end: peopleOf(person, id).subscribe(() => {}),
    }));
}

type Looked = { readonly opened: readonly Opened[]; readonly writtenIn: ReadonlySet<string> };

function tabOf(tab: Tab, { opened, writtenIn }: Looked): FinalTab {
  const { person, device, name } = tab;
  const base = { tab: name, device: device.name, user: device.owner.id, openSockets: tab.liveSockets };
  if (!person) {
    const nothing = { conversations: [], unsent: [], windows: [], mismatches: 0, followed: null, threads: [] };
    return { ...base, ...nothing, isLeading: false, isDurable: false, connection: 'not open' };
  }
  const conversations = person.conversations.getSnapshot();
  return {
    ...base,
    isLeading: person.isLeading,
    isDurable: person.storage.getSnapshot().kind === 'durable',
    connection: person.connection.getSnapshot().kind,
    mismatches: person.mismatches.getSnapshot(),
    conversations: conversations.map((view) =>
      shownOf(
        person,
        view,
        opened.find((one) => one.conversation === view.id),
      ),
    ),
    unsent: [...writtenIn].flatMap((id) =>
      person
        .unsent(id)
        .getSnapshot()
        .map(({ key, status, failure }) => ({ key, conversation: id, status, code: failure?.code ?? null })),
    ),
    windows: tab.windows.map(({ conversation, timeline }) => {
      const { items, hasAfter } = timeline.view.getSnapshot();
      return { conversation, items: items.map(itemOf), hasAfter };
    }),
    ...threadsOf(tab),
  };
}

function threadsOf({ followed, threads }: Tab): Pick<FinalTab, 'followed' | 'threads'> {
  const list = followed?.view.getSnapshot();
  const isRead = list !== undefined && !list.isLoading && list.error === null;
  const items = list?.items.map(({ conversation, thread, read, unread, mentions, last }) => {
    return { conversation, thread, read, unread, mentions, last: last.seq };
  });
  return {
    followed: isRead ? { items: items ?? [], unread: list.unread, hasMore: list.hasMore } : null,
    threads: threads.flatMap(({ message: { conversation, epoch, seq: thread }, thread: open }) => {
      const { items: answers, hasBefore, standing, isLoading, error } = open.view.getSnapshot();
      if (isLoading || error) return [];
      return [{ conversation, epoch, thread, answers: answers.map(({ seq }) => seq), hasBefore, ...standing }];
    }),
  };
}

type View = ReturnType<Person['conversations']['getSnapshot']>[number];

function shownOf(person: Person, view: View, opened: Opened | undefined): ShownConversation {
  const { id, epoch, head, name, role, size, read, unread, mentions } = view;
  const { items, isLoading, hasBefore } = opened?.timeline.view.getSnapshot() ?? {
    items: [],
    isLoading: true,
    hasBefore: false,
  };
  const people = peopleOf(person, id).getSnapshot();
  const members = [...(people.members ?? [])].filter(([, { left }]) => left === null);
  const own = items.filter(({ kind, author }) => kind === 'message.sent' && author === person.id);
  return {
    conversation: id,
    epoch,
    head,
    name,
    role,
    size,
    read,
    unread,
    mentions,
    items: isLoading ? null : items.map(itemOf),
    hasBefore,
    members: members.map(([user, member]) => `${user} ${member.role}`).sort(),
    ticks: own.map(({ seq }) => ({ seq, step: ticksOf(seq, people).step })),
  };
}

type Item = ReturnType<Timeline['view']['getSnapshot']>['items'][number];

function itemOf({ seq, kind, author, body, reactions, thread, pinned, poll }: Item): ShownItem {
  const answers = thread ? { answers: `${thread.count} ${thread.seq}` } : {};
  const item = {
    seq,
    kind,
    author: author ?? null,
    text: typeof body.text === 'string' ? body.text : null,
    ...answers,
    ...(pinned ? { pinned: `${pinned.seq} ${pinned.by}` } : {}),
    ...(poll ? { poll: shownPoll(poll, poll.closed?.seq) } : {}),
  };
  if (!reactions) return item;
  const shown = reactions.map(({ emoji, count, mine }) => `${emoji} ${count}${mine ? ' mine' : ''}`);
  return { ...item, reactions: shown };
}
