import type { ServerFrame } from '@kith/protocol';
import { FakeClock } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entry, FakeDevice, type FakeStream, FakeTransport, welcome } from '../../test/fixtures/wire.js';
import { Refusal, unavailable } from '../refusal.js';
import { Connection } from './connection.js';
import { fallbackTo } from './fallback-stream.js';
import type { LinkState } from './link.js';

type Fault =
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'end'; readonly code: number | null; readonly isNonsense: boolean; readonly which: number }
  | { readonly do: 'token'; readonly is: 'given' | 'late' | 'away' | 'ended' }
  | { readonly do: 'reach'; readonly is: boolean }
  | { readonly do: 'say'; readonly frame: ServerFrame; readonly which: number }
  | { readonly do: 'hear'; readonly which: number }
  | { readonly do: 'wake' | 'command' | 'start' | 'stop' };

const which = fc.nat({ max: 3 });
const code = fc.constantFrom(null, 4000, 4001, 4002, 4004, 4050, 4400, 4401, 4403, 4405, 4409, 4410, 4413);
const spoken = fc.constantFrom<ServerFrame>(
  welcome(),
  welcome({ heartbeatMs: 1, authUntil: 1_700_000_060_000 }),
  entry(1),
  { type: 'ack', id: 1, result: {} },
  { type: 'error', code: 'unavailable', message: 'm', retry: 'same_key' },
  { type: 'bye', code: 'draining', reconnect: true, afterMs: 3_000 },
  { type: 'pong' },
);
const fault: fc.Arbitrary<Fault> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 400, 2_000, 30_000, 700_000) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('end' as const), code, isNonsense: fc.boolean(), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('say' as const), frame: spoken, which }) },
  fc.record({ do: fc.constant('hear' as const), which }),
  fc.record({ do: fc.constant('token' as const), is: fc.constantFrom('given', 'late', 'away', 'ended') }),
  fc.record({ do: fc.constant('reach' as const), is: fc.boolean() }),
  fc.record({ do: fc.constantFrom('wake' as const, 'command' as const, 'start' as const, 'stop' as const) }),
);

/** A connection among faults, and what must be true of it at every moment. */
class World {
  readonly clock = new FakeClock();
  readonly device = new FakeDevice();
  readonly transports = [
    new FakeTransport('websocket'),
    new FakeTransport('events'),
    new FakeTransport('poll'),
  ] as const;
  readonly commands: Promise<unknown>[] = [];
  readonly connection: Connection;
  settled = 0;
  #isReachable = true;
  #token: 'given' | 'late' | 'away' | 'ended' = 'given';
  #state: LinkState['kind'] = 'stopped';
  #isWelcomed = false;
  /** Tokens that are on their way. */
  #late = 0;

  constructor(seed: number) {
    const { clock, device } = this;
    const [socket, ...overHttp] = this.transports;
    this.connection = new Connection({
      clock,
      random: new SeededRandom(seed),
      device,
      socket,
      reach: async () => {
        if (!this.#isReachable) throw unavailable('away');
        return fallbackTo(overHttp);
      },
      accessToken: () => this.#giveToken(),
      greeting: () => ({}),
      events: {
        onState: ({ kind }) => {
          this.#state = kind;
          this.#isWelcomed = false;
        },
        onFrame: ({ type }) => {
          expect(this.#state, 'frames come while it is open').toBe('open');
          if (!this.#isWelcomed) expect(type, 'the first frame').toBe('welcome');
          this.#isWelcomed = true;
        },
      },
    });
  }

  get alive(): readonly FakeStream[] {
    return this.transports.flatMap(({ streams }) => streams.filter(({ isClosed }) => !isClosed));
  }

  async suffer(one: Fault): Promise<void> {
    switch (one.do) {
      case 'pass':
        await this.clock.advanceAsync(one.ms);
        break;
      case 'end': {
        const { code: closeCode, isNonsense } = one;
        this.alive.at(-1 - one.which)?.end({ code: closeCode, isNonsense, wasOpen: closeCode !== null || isNonsense });
        break;
      }
      case 'say':
        this.alive.at(-1 - one.which)?.say(one.frame);
        break;
      case 'hear':
        this.alive.at(-1 - one.which)?.hear();
        break;
      case 'token':
        this.#token = one.is;
        break;
      case 'reach':
        this.#isReachable = one.is;
        break;
      case 'wake':
        this.device.wake();
        break;
      case 'command':
        this.#command();
        break;
      default:
        this.connection[one.do]();
    }
    await this.clock.advanceAsync(0);
    this.check();
  }

  check(): void {
    const { kind } = this.connection.state;
    // The stream, the one that may take its place, and the one whose place was taken.
    expect(this.alive.length).toBeLessThanOrEqual(kind === 'waiting' || kind === 'stopped' ? 0 : 3);
    if (kind !== 'open') expect(this.settled).toBe(this.commands.length);
    if (kind !== 'stopped') return;
    expect(this.device.listeners).toBe(0);
    expect(this.clock.pending).toBe(this.#late);
  }

  /** The server is there again and does what it should. */
  async recover(): Promise<void> {
    this.#isReachable = true;
    this.#token = 'given';
    this.connection.start();
    for (let passedMs = 0; passedMs < 1_500_000 && this.connection.state.kind !== 'open'; passedMs += 500) {
      for (const stream of this.alive) stream.say(welcome());
      await this.clock.advanceAsync(500);
    }
  }

  #command(): void {
    const answered = this.connection.command('users.read', { ids: [] }).then(
      () => this.settled++,
      (error: unknown) => {
        expect(error).toBeInstanceOf(Refusal);
        this.settled++;
      },
    );
    this.commands.push(answered);
  }

  #giveToken(): Promise<string> {
    switch (this.#token) {
      case 'given':
        return Promise.resolve('token');
      case 'late':
        this.#late += 1;
        return new Promise((resolve) => {
          this.clock.after(9_000, () => {
            this.#late -= 1;
            resolve('token');
          });
        });
      case 'away':
        return Promise.reject(unavailable('away'));
      case 'ended':
        return Promise.reject(new Refusal({ code: 'unauthenticated', message: 'm', retry: 'never' }));
    }
  }
}

describe('the connection among faults', () => {
  it('holds to its states at every step, comes back when the server does, and leaves nothing behind', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 40 }), fc.nat(), async (faults, seed) => {
        const world = new World(seed);
        world.connection.start();
        for (const one of faults) await world.suffer(one);
        await world.recover();
        expect(world.connection.state.kind).toBe('open');
        world.connection.stop();
        await world.clock.advanceAsync(60_000);
        world.check();
        expect(world.settled).toBe(world.commands.length);
        expect([world.alive.length, world.clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});
