// The SDK's front door with the script in the place of a network: signed in, connected, and told so many entries.
import { Chat, type Person, type ReplicaStores } from '@kith/sdk';
import { framesOf, type ScriptedServer, URL_OF_SCRIPT } from './scripted-server.js';
import { until } from './until.js';
import { WatchedStores } from './watched-stores.js';

/** What a busy server joins into one write. */
export const PER_TURN = 32;
/** Entries that are told before the store is waited for: what waits for a store is bounded. */
const PIECE = 5_000;

export type ScriptedChat = {
  readonly chat: Chat;
  readonly person: Person;
  readonly stores: WatchedStores;
};

export async function openScripted(server: ScriptedServer, stores: ReplicaStores): Promise<ScriptedChat> {
  const watched = new WatchedStores(stores);
  const chat = new Chat({ url: URL_OF_SCRIPT, stores: watched, client: 'lab', platform: server.platform });
  const person = await chat.signIn({ username: 'ann', password: 'any that the script takes' });
  await until(person.connection, ({ kind }) => kind === 'open');
  return { chat, person, stores: watched };
}

/** Tells the entries `from` to `to`, spread over all conversations, as fast as the store takes them. */
export async function tellInPieces(
  { stores }: ScriptedChat,
  server: ScriptedServer,
  { from, to }: { from: number; to: number },
): Promise<void> {
  for (let at = from; at <= to; at += PIECE) {
    const end = Math.min(to, at + PIECE - 1);
    await server.say(framesOf(server.conversations, { from: at, to: end }), PER_TURN, nextTurn);
    await stores.until(end);
  }
}

/** The next turn of the event loop, in Node and in a page alike: without the least wait of a timer. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
