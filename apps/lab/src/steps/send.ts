// Sending into the fixture, to conversations that already hold many messages: the time to acknowledgement at 100 messages a
// second to fifty of them, then how many become durable a second in two hundred, each with one recipient. Kith alone.
import type { Lab } from '../lab.js';
import { format } from '../report.js';
import type { Stack } from '../stack/stack.js';
import { type AckResult, measureAcks } from '../world/measure-acks.js';
import { type LoadResult, measureLoad } from '../world/measure-load.js';
import { openWorld, type World } from '../world/world.js';
import { ACKS, ackDetail, SECONDS_AT_LEAST, sayAcks } from './acks.js';
import { DURABLE, DURABLE_LOAD } from './saturation.js';

const PER_SECOND = 100;

export async function runSend(lab: Lab): Promise<void> {
  const { kith, progress, fixture, results, options, database } = lab;
  const { messages } = await fixture.filled();
  const server = await kith.startInspected();
  const stack = { ...kith, port: server.port, cpu: { gatewayPid: server.pid, postmasterPid: database.pid } };
  const world = await progress.step(`send: ${DURABLE.count} of the conversations, all connected`, () =>
    open(lab, stack),
  );
  const [acks, loads]: [AckResult[], LoadResult[]] = [[], []];
  try {
    const some: World = { ...world, rooms: world.rooms.slice(0, ACKS.count) };
    const seconds = Math.max(SECONDS_AT_LEAST, options.seconds);
    for (let round = 1; round <= options.rounds; round += 1) {
      const name = `send: round ${round} of ${options.rounds}`;
      const atRate = () => measureAcks(some, { perSecond: PER_SECOND, seconds });
      acks.push(await progress.step(`${name}, ${PER_SECOND} messages a second`, atRate, sayAcks));
      const atMost = () => measureLoad(world, { ...DURABLE_LOAD, seconds: options.seconds });
      loads.push(await progress.step(`${name}, as many as can be`, atMost, sayLoad));
    }
  } finally {
    world.close();
    await server.stop();
  }
  for (const { violations } of [...acks, ...loads]) results.violated(violations);
  for (const percent of [50, 99]) {
    results.figure(
      `send-p${percent}`,
      acks.map(({ samples }) => samples.percentile(percent)),
    );
  }
  results.details.send = {
    messages,
    acks: acks.map(ackDetail),
    durable: loads.map((load) => ({ perSecond: load.acked / load.seconds, ...load })),
  };
}

/** In each the other one; the one who is in all of them is connected once, and takes what they write. */
async function open({ fixture }: Lab, stack: Stack): Promise<World> {
  const { ids, everywhere, others } = await fixture.filled();
  const seats = ids.slice(0, DURABLE.count).map((conversation, index) => {
    return { conversation, tokens: [others[index] ?? '', ...(index === 0 ? [everywhere] : [])] };
  });
  const world = await openWorld(stack, seats);
  // A welcome has not all of a thousand conversations: where the others begin is known by who is in one alone.
  const order = world.rooms[0]?.clients[1]?.order;
  for (const { conversation, clients } of world.rooms) {
    const head = clients[0]?.welcomed.get(conversation)?.head;
    if (order?.last(conversation) === 0 && head !== undefined) order.begin(conversation, head);
  }
  return world;
}

function sayLoad({ acked, seconds, cpu }: LoadResult): string {
  const perSecond = format(acked / seconds);
  const [gateway, postgres] = [cpu.gateway, cpu.postgres].map((spent) => Math.round((spent / seconds) * 100));
  return `${perSecond} messages durable a second, gateway ${gateway} %, PostgreSQL ${postgres} % of a core`;
}
