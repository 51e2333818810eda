import { expect, test, vi } from 'vitest';
import { SILENT, type Telemetry } from '../core/telemetry.js';
import { SystemRandom, systemClock } from './system-clock.js';

test('random bytes are of the size asked for, and never the same twice, across blocks too', () => {
  const random = new SystemRandom();
  const drawn = new Set<string>();
  for (let draw = 0; draw < 2_000; draw += 1) {
    const bytes = random.bytes(10);
    expect(bytes).toHaveLength(10);
    drawn.add(Buffer.from(bytes).toString('hex'));
  }
  expect(drawn.size).toBe(2_000);
  expect(random.bytes(10_000)).toHaveLength(10_000);
});

test('what was drawn stays as it was when more is drawn', () => {
  const random = new SystemRandom();
  const first = random.bytes(16);
  const copy = Buffer.from(first).toString('hex');
  for (let draw = 0; draw < 1_000; draw += 1) random.bytes(16);
  expect(Buffer.from(first).toString('hex')).toBe(copy);
});

test('a timed task that throws is reported and ends nothing', () => {
  vi.useFakeTimers();
  try {
    const errors: unknown[] = [];
    const telemetry: Telemetry = { ...SILENT, error: (_message, error) => void errors.push(error) };
    const clock = systemClock(telemetry);
    clock.after(10, () => {
      throw new Error('broken');
    });
    const cancel = clock.after(10, () => errors.push('was cancelled'));
    cancel();
    vi.advanceTimersByTime(11);
    expect(errors).toEqual([new Error('broken')]);
  } finally {
    vi.useRealTimers();
  }
});
