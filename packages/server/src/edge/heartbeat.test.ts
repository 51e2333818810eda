import { expect, test } from 'vitest';
import { type Beating, Heartbeat } from './heartbeat.js';

class FakeConnection implements Beating {
  heardTick = 0;
  slot = -1;
  readonly pings: number[] = [];
  silentAt = -1;
  readonly #heartbeat: Heartbeat;

  constructor(heartbeat: Heartbeat) {
    this.#heartbeat = heartbeat;
    this.heardTick = heartbeat.now;
  }

  ping(): void {
    this.pings.push(this.#heartbeat.now);
  }

  silent(): void {
    this.silentAt = this.#heartbeat.now;
    this.#heartbeat.remove(this);
  }
}

function turn(heartbeat: Heartbeat, ticks: number): void {
  for (let count = 0; count < ticks; count += 1) heartbeat.tick();
}

test('[16] each connection is pinged once per heartbeat, and the work is spread over its ticks', () => {
  const heartbeat = new Heartbeat(30_000);
  expect(heartbeat.tickMs).toBe(1_000);
  const connections = Array.from({ length: 60 }, () => new FakeConnection(heartbeat));
  for (const connection of connections) heartbeat.add(connection);
  turn(heartbeat, 30);
  expect(connections.every(({ pings }) => pings.length === 1)).toBe(true);
  for (let tick = 1; tick <= 30; tick += 1) {
    expect(connections.filter(({ pings }) => pings[0] === tick)).toHaveLength(2);
  }
});

test('[16] what was heard in the last two heartbeats lives; silence of two ends it, once', () => {
  const heartbeat = new Heartbeat(30_000);
  const [alive, dead] = [new FakeConnection(heartbeat), new FakeConnection(heartbeat)];
  heartbeat.add(alive);
  heartbeat.add(dead);
  for (let tick = 1; tick <= 120; tick += 1) {
    heartbeat.tick();
    if (alive.pings.at(-1) === tick) alive.heardTick = tick;
  }
  expect(alive.silentAt).toBe(-1);
  expect(dead.silentAt).toBeGreaterThanOrEqual(60);
  expect(dead.silentAt).toBeLessThanOrEqual(90);
});

test('a deadline expires once at its tick, unless it was met', () => {
  const heartbeat = new Heartbeat(30_000);
  const expired: string[] = [];
  const [first, second] = [{ expired: () => expired.push('first') }, { expired: () => expired.push('second') }];
  heartbeat.expect(first as never, 10_000);
  heartbeat.expect(second as never, 10_000);
  turn(heartbeat, 9);
  heartbeat.met(second as never);
  expect(expired).toEqual([]);
  turn(heartbeat, 20);
  expect(expired).toEqual(['first']);
});

test('short heartbeats have short ticks', () => {
  expect(new Heartbeat(200).tickMs).toBe(20);
  expect(new Heartbeat(10).tickMs).toBe(10);
});
