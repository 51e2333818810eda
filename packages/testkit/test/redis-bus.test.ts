// The contract of the bus on a real Redis, and what a cluster with it goes through: away and back, silent, full of what is
// nobody's, and shared with others. Left out with a line where there is no Redis.
import { RedisBus } from '@kith/server/bus/redis';
import { SILENT, type Telemetry } from '@kith/server/core/telemetry';
import { SystemRandom, systemClock } from '@kith/server/edge/system-clock';
import { createClient } from '@redis/client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { findProgram } from '../../../scripts/prerequisites.mjs';
import { busContract } from '../src/contracts/bus.js';
import { until } from '../src/faults/until.js';
import { RedisServer } from '../src/redis-server.js';

const PROGRAM = findProgram('redis-server');
const IN_TIME = { withinMs: 10_000 };
const PASSWORD = 'secret1';

/** Counters, gauges and warnings of one node. */
class Watch {
  readonly numbers = new Map<string, number>();
  readonly warnings: string[] = [];
  readonly telemetry: Telemetry = {
    ...SILENT,
    count: (name, by = 1) => void this.numbers.set(name, this.of(name) + by),
    gauge: (name, value) => void this.numbers.set(name, value),
    warn: (message, fields) => void this.warnings.push(`${message}: ${JSON.stringify(fields)}`),
  };

  of(name: string): number {
    return this.numbers.get(name) ?? 0;
  }
}

type Options = {
  readonly url?: string;
  readonly scope?: string;
  readonly silenceMs?: number;
  readonly telemetry?: Telemetry;
};

describe.skipIf(PROGRAM === null)('on Redis', () => {
  const opened: { server?: RedisServer } = {};
  const buses: RedisBus[] = [];
  const server = () => {
    if (!opened.server) throw new Error('Redis is not there yet');
    return opened.server;
  };
  const open = ({ url = server().url, scope = 'store', telemetry = SILENT, ...rest }: Options = {}): RedisBus => {
    const bus = new RedisBus({
      url,
      scope,
      telemetry,
      clock: systemClock(SILENT),
      random: new SystemRandom(),
      ...rest,
    });
    buses.push(bus);
    return bus;
  };
  const openConnected = async (options: Options = {}): Promise<RedisBus> => {
    const bus = open(options);
    await until('the bus is connected', () => bus.isConnected, IN_TIME);
    return bus;
  };
  const closeAll = async () => void (await Promise.all(buses.splice(0).map((bus) => bus.close())));
  const areConnected = () => until('all are connected', () => buses.every((bus) => bus.isConnected), IN_TIME);
  beforeAll(async () => {
    opened.server = await RedisServer.start(PROGRAM ?? '', PASSWORD);
  });
  afterAll(() => opened.server?.stop());

  busContract('RedisBus', async () => ({
    node: () => openConnected(),
    interrupt: async () => {
      await server().stop();
      await server().start();
      await areConnected();
    },
    close: closeAll,
  }));

  describe('a cluster with it', () => {
    let watch: Watch;
    let heard: string[];
    let gaps: number;
    const listen = (bus: RedisBus, topic: string) =>
      bus.subscribe(
        topic,
        (message) => {
          if (message === 'hostile') throw new SyntaxError('"hostile" is not JSON');
          heard.push(message);
        },
        () => {
          gaps += 1;
        },
      );
    /** Publishes until it is heard, as a subscription takes a moment to stand. */
    const hears = (sender: RedisBus, topic: string, message: string) =>
      until(
        `${message} is heard`,
        () => {
          if (!heard.includes(message)) sender.publish(topic, message);
          return heard.includes(message);
        },
        IN_TIME,
      );

    beforeEach(() => {
      watch = new Watch();
      [heard, gaps] = [[], 0];
    });
    afterEach(closeAll);

    test('[S27] a node is sent nothing of a topic that it does not listen to, nor what it has published', async () => {
      const [sender, listener] = [await openConnected(), await openConnected({ telemetry: watch.telemetry })];
      const others = await openConnected();
      const end = listen(listener, 'a');
      listen(others, 'b');
      await hears(sender, 'a', 'first');
      await hears(sender, 'b', 'of b');
      end();
      await until('it listens to nothing', () => watch.of('kith_bus_channels') === 0, IN_TIME);
      const before = watch.of('kith_bus_received_total');
      for (let count = 0; count < 50; count += 1) sender.publish('a', 'more');
      listen(listener, 'own');
      listener.publish('own', 'to itself');
      await hears(sender, 'own', 'last');
      expect(heard.filter((message) => message === 'more' || message === 'to itself')).toEqual([]);
      const lasts = heard.filter((message) => message === 'last').length;
      expect(watch.of('kith_bus_received_total') - before).toBe(lasts);
    });

    test('what is published while Redis is away is lost and counted; whoever subscribes meanwhile is heard after', async () => {
      const [sender, listener] = [await openConnected({ telemetry: watch.telemetry }), await openConnected()];
      listen(listener, 'early');
      await hears(sender, 'early', 'before');
      await server().stop();
      await until('it is known', () => !sender.isConnected && !listener.isConnected, IN_TIME);
      sender.publish('early', 'lost');
      expect(watch.of('kith_bus_lost_total')).toBeGreaterThanOrEqual(1);
      expect(watch.of('kith_bus_connected')).toBe(0);
      listen(listener, 'late');
      await server().start();
      await areConnected();
      await hears(sender, 'late', 'after');
      await hears(sender, 'early', 'after that');
      expect(heard).not.toContain('lost');
      // Each of its two subscriptions was told once.
      expect(gaps).toBe(2);
      expect(watch.of('kith_bus_connected')).toBe(1);
      expect(watch.warnings.filter((text) => text.startsWith('the bus is away')).length).toBeGreaterThanOrEqual(1);
    });

    test('a Redis that stands still holds nobody up, and takes a bounded lot', async () => {
      const sender = await openConnected({ telemetry: watch.telemetry, silenceMs: 600_000 });
      const listener = await openConnected({ silenceMs: 600_000 });
      listen(listener, 'large');
      await hears(sender, 'large', 'before');
      server().signal('SIGSTOP');
      try {
        const message = 'x'.repeat(100_000);
        for (let count = 0; count < 200; count += 1) sender.publish('large', message);
        expect(watch.of('kith_bus_lost_total')).toBe(200 - Math.floor(8_388_608 / 100_000));
      } finally {
        server().signal('SIGCONT');
      }
      await hears(sender, 'large', 'after');
      expect(sender.isConnected).toBe(true);
    });

    test('a Redis that says nothing is given up, and the next connection is as good', async () => {
      const bus = await openConnected({ telemetry: watch.telemetry, silenceMs: 300 });
      const sender = await openConnected();
      listen(bus, 'quiet');
      await hears(sender, 'quiet', 'before');
      server().signal('SIGSTOP');
      try {
        await until('it is given up', () => watch.of('kith_bus_connected') === 0, IN_TIME);
      } finally {
        server().signal('SIGCONT');
      }
      await hears(sender, 'quiet', 'after');
      expect(gaps).toBeGreaterThanOrEqual(1);
    });

    test('a wrong password is said, without it, once for as long as it is wrong', async () => {
      const bus = open({ url: server().url.replace(PASSWORD, 'other2'), telemetry: watch.telemetry });
      await until('three tries', () => watch.warnings.length > 0, IN_TIME);
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(bus.isConnected).toBe(false);
      expect(watch.warnings).toEqual([expect.stringMatching(/^the bus is away.*WRONGPASS/)]);
      expect(watch.warnings.join()).not.toContain('other2');
      bus.publish('a', 'b');
      expect(watch.of('kith_bus_lost_total')).toBe(1);
    });

    test('what was published goes out before the node ends, and an end waits for no Redis that stands still', async () => {
      const [sender, listener] = [await openConnected(), await openConnected()];
      listen(listener, 'a');
      await hears(sender, 'a', 'before');
      sender.publish('a', 'last word');
      await sender.close();
      await until('the last word is heard', () => heard.includes('last word'), IN_TIME);
      server().signal('SIGSTOP');
      try {
        listener.publish('a', 'too late');
        await listener.close();
      } finally {
        server().signal('SIGCONT');
      }
    });

    test('a message that cannot be read is left out, and the log does not quote it', async () => {
      const [sender, listener] = [await openConnected(), await openConnected({ telemetry: watch.telemetry })];
      listen(listener, 'a');
      await hears(sender, 'a', 'before');
      sender.publish('a', 'hostile');
      await hears(sender, 'a', 'after');
      expect(watch.warnings).toEqual(['a message of the bus could not be read: {"reason":"SyntaxError"}']);
    });

    test('nodes of another store are not heard', async () => {
      const [sender, stranger, listener] = [await openConnected(), await openConnected({ scope: 'other' }), open()];
      listen(listener, 'a');
      await hears(sender, 'a', 'before');
      stranger.publish('a', 'of the other');
      await hears(sender, 'a', 'after');
      expect(heard).not.toContain('of the other');
    });

    test('thousands of topics are subscribed to in few commands, and again after an outage', async () => {
      const [sender, listener] = [await openConnected(), await openConnected({ telemetry: watch.telemetry })];
      const before = await callsOf(server().url, 'subscribe');
      const ends = Array.from({ length: 2_600 }, (_, index) => listen(listener, `t${index}`));
      const areSubscribed = (count: number) =>
        until(`${count} channels`, () => watch.of('kith_bus_channels') === count, IN_TIME);
      await areSubscribed(2_600);
      expect((await callsOf(server().url, 'subscribe')) - before).toBe(6);
      await server().stop();
      await until('it is known', () => !listener.isConnected, IN_TIME);
      for (const end of ends.slice(0, 600)) end();
      await server().start();
      await areConnected();
      await areSubscribed(2_000);
      expect(await callsOf(server().url, 'subscribe')).toBe(4);
      expect(gaps).toBe(2_000);
      await hears(sender, 't2599', 'after');
    });
  });
});

/** How often a command was given to this Redis since it was started. */
async function callsOf(url: string, command: string): Promise<number> {
  const client = await createClient({ url }).connect();
  try {
    const [, calls = '0'] = new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(await client.info('commandstats')) ?? [];
    return Number(calls);
  } finally {
    client.destroy();
  }
}
