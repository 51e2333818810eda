// The page in which the bench opens conversations: the SDK over IndexedDB, and a list of messages that is laid out and
// painted. Run by the bench in a real browser; what it can do is at `window.lab`.
import { Chat, type Person, type TimelineView } from '@kith/sdk';
import { IndexedDbStores } from '@kith/sdk/storage/indexeddb';
import { openScripted, tellInPieces } from '../sdk/scripted-chat.js';
import { ScriptedServer, URL_OF_SCRIPT } from '../sdk/scripted-server.js';
import { until } from '../sdk/until.js';
import type { OpenRequest, OpenTimes } from './open-times.js';

const PAGE = 50;
const server = new ScriptedServer(1);
const [conversation = ''] = server.conversations;

/** Fills the store as a life of live entries does, `messages` of them, read up to the middle. */
async function fill(messages: number): Promise<void> {
  const scripted = await openScripted(server, new IndexedDbStores());
  const middle = messages / 2;
  await tellInPieces(scripted, server, { from: 1, to: middle });
  scripted.person.read(conversation, middle);
  await tellInPieces(scripted, server, { from: middle + 1, to: messages });
  await scripted.chat.close();
}

/** Starts the SDK without a network, opens the conversation, shows the first page, then one more above. */
async function open(opening: OpenRequest): Promise<OpenTimes> {
  const startedMs = performance.now();
  const since = () => performance.now() - startedMs;
  const chat = new Chat({
    url: URL_OF_SCRIPT,
    stores: new IndexedDbStores(),
    platform: { openSocket: refuse, http: async () => refuse() },
  });
  const person = await chat.start();
  const readyMs = since();
  const times = await show(requirePerson(person), opening, since);
  await chat.close();
  return { readyMs, ...times };
}

async function show(person: Person, opening: OpenRequest, since: () => number): Promise<Omit<OpenTimes, 'readyMs'>> {
  const timeline = person.timeline(conversation, opening);
  const first = await until(timeline.view, (view) => !view.isLoading && view.items.length >= PAGE);
  if (opening.at === 'unread' && first.firstUnread === null) throw new Error('the first unread message is not shown');
  layOut(first);
  const laidOutMs = since();
  await painted();
  const paintedMs = since();
  await timeline.loadBefore();
  layOut(timeline.view.getSnapshot());
  const pageUpMs = since() - paintedMs;
  if (timeline.view.getSnapshot().items.length < first.items.length + PAGE) throw new Error('no page above');
  timeline.close();
  return { laidOutMs, paintedMs, pageUpMs };
}

function layOut({ items }: TimelineView): void {
  const list = document.createElement('ol');
  for (const { seq, author = '', body } of items) {
    const line = document.createElement('li');
    line.textContent = `${seq} ${author.slice(-4)} ${String(body.text ?? '')}`;
    list.append(line);
  }
  document.body.replaceChildren(list);
  list.lastElementChild?.getBoundingClientRect();
}

/** Resolves right after a frame was painted. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    requestAnimationFrame(() => {
      setTimeout(resolve, 0);
    });
  });
}

function requirePerson(person: Person | null): Person {
  if (!person) throw new Error('nobody is signed in: fill the store first');
  return person;
}

function refuse(): never {
  throw new Error('there is no network');
}

Object.assign(window, { lab: { fill, open } });
