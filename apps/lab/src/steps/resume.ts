// Bytes of a resume: one person of 200 conversations was away while 100 messages came, in one conversation or over 20, and
// comes back with the SDK, with what it held and its cursor, and for comparison with nothing. Counted on the socket both ways
// until all 100 are held; `signIn` is answered here, so that nothing else goes over the wire.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Chat, type ReplicaStores, type Person as Sdk, type TimelineView } from '@kith/sdk';
import { MemoryStores } from '@kith/sdk/storage/memory';
import type { Lab } from '../lab.js';
import { format } from '../report.js';
import { CountedSockets, type WireBytes } from '../sdk/counted-socket.js';
import { until } from '../sdk/until.js';
import type { Person } from '../stack/kith-store.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts } from '../wire/order-check.js';
import { inParallel } from '../world/in-parallel.js';
import { textOf } from '../world/texts.js';

const CONVERSATIONS = 200;
const MISSED = 100;
const CASES = [
  { figure: 'sdk-resume', spread: 1 },
  { figure: 'sdk-resume-spread', spread: 20 },
] as const;
/** A welcome that lists no conversation, and the handshake, are less. */
const EMPTY_BYTES = 3_000;
const MOST_SETTLING = 10;
/** By then own marks are on their way to the server. */
const QUIET_MS = 5_000;
const PARALLEL = 20;

type Other = { readonly conversation: string; readonly person: Person };
/** What there is before, and how many messages there are to come. */
type Held = { readonly stores: ReplicaStores; readonly messages: number };
/** Who writes meanwhile, and what the one who is away held. */
type Away = { readonly stores: ReplicaStores; readonly others: readonly Other[] };
type Round = { readonly resume: WireBytes; readonly reload: WireBytes };

export async function runResume(lab: Lab): Promise<void> {
  const { kith, progress, options, results } = lab;
  const { reader, others } = await progress.step(`resume: ${CONVERSATIONS} conversations of one person`, async () => {
    const [person, ...people] = await kith.store.people(CONVERSATIONS + 1);
    if (!person) throw new Error('people were wanted');
    const seats = await kith.seatPeople(people.map((other) => [person, other]));
    const found = people.map((other, index) => ({ conversation: seats[index]?.conversation ?? '', person: other }));
    return { reader: person, others: found };
  });
  const stores = new MemoryStores();
  for (const { figure, spread } of CASES) {
    const rounds: Round[] = [];
    for (let round = 1; round <= options.rounds; round += 1) {
      const name = `resume: ${MISSED} messages in ${spread} conversations, round ${round} of ${options.rounds}`;
      const run = () => missed(lab, reader, { stores, others: others.slice(0, spread) });
      rounds.push(await progress.step(name, run, say));
    }
    results.figure(
      figure,
      rounds.map(({ resume }) => total(resume) / resume.entries),
    );
    results.details[figure] = { missed: MISSED, conversations: CONVERSATIONS, spread, rounds };
  }
}

/** Connects again until a welcome lists nothing: own marks are at the server, and the cursor that is held knows of them. */
async function settle(lab: Lab, reader: Person, stores: ReplicaStores): Promise<void> {
  for (let time = 0; time < MOST_SETTLING; time += 1) {
    const { chat, sockets } = await open(lab, reader, { stores, messages: 0 });
    await delay(QUIET_MS);
    // By now the welcome has come: what is held is there before it.
    const { bytes } = sockets;
    await chat.close();
    if (bytes.received < EMPTY_BYTES) return;
  }
  throw new Error('a resume after which nothing came is not small');
}

async function missed(lab: Lab, reader: Person, { stores, others }: Away): Promise<Round> {
  await settle(lab, reader, stores);
  await write(lab, others);
  const resume = await open(lab, reader, { stores, messages: MISSED });
  const resumeBytes = resume.sockets.bytes;
  await resume.chat.close();
  // What was delivered is told to the server meanwhile, so nothing comes by itself: the conversations are opened.
  const reload = await open(lab, reader, { stores: new MemoryStores(), messages: 0 });
  for (const { conversation } of others) await show(reload.person, conversation, MISSED / others.length);
  const reloadBytes = reload.sockets.bytes;
  await reload.chat.close();
  return { resume: resumeBytes, reload: reloadBytes };
}

/** Connects, and waits until all conversations and so many messages of others are held. */
async function open({ kith }: Lab, { principal, token }: Person, { stores, messages }: Held) {
  const sockets = new CountedSockets();
  const user = { id: principal.user, kind: 'person', name: '', username: '', avatar: null, version: 0 };
  const answer = JSON.stringify({
    user,
    session: principal.session,
    accessToken: token,
    refreshToken: '',
    expiresAt: 0,
  });
  const chat = new Chat({
    url: `http://127.0.0.1:${kith.port}`,
    stores,
    client: 'lab',
    platform: { openSocket: sockets.open, http: async () => ({ status: 201, text: async () => answer, stream: null }) },
  });
  const person = await chat.signIn({ username: 'person', password: 'answered here' });
  let heard = 0;
  const all = new Promise<void>((resolve) => {
    const hear = () => {
      if (heard >= messages) resolve();
    };
    person.onMessage(() => {
      heard += 1;
      hear();
    });
    hear();
  });
  await until(person.conversations, ({ length }) => length === CONVERSATIONS);
  await all;
  return { chat, person, sockets };
}

/** Opens a conversation and pages up until so many messages are shown. */
async function show(person: Sdk, conversation: string, messages: number): Promise<void> {
  const timeline = person.timeline(conversation);
  for (;;) {
    const isSettled = (view: TimelineView) => !view.isLoading && (view.items.length >= messages || view.hasBefore);
    const { items } = await until(timeline.view, isSettled);
    if (items.length >= messages) break;
    await timeline.loadBefore();
  }
  timeline.close();
}

async function write({ kith }: Lab, others: readonly Other[]): Promise<void> {
  const clients = await inParallel(PARALLEL, others, ({ person: { token } }) =>
    LabClient.open({ port: kith.port, token, numbering: kith.numbering, counts: noOrderCounts() }),
  );
  for (let count = 0; count < MISSED; count += 1) {
    const index = count % others.length;
    const params = { conversation: others[index]?.conversation, key: randomUUID(), text: textOf(count) };
    await clients[index]?.request('message.send', params);
  }
  for (const client of clients) client.close();
}

function total({ received, sent }: WireBytes): number {
  return received + sent;
}

function say({ resume, reload }: Round): string {
  const kib = (bytes: number) => `${format(bytes / 1024)} KiB`;
  const ratio = (total(resume) / resume.entries).toFixed(2);
  return `${kib(total(resume))}, ${ratio} times the entries; ${kib(total(reload))} without a cursor`;
}
