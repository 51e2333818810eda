import { describe, expect, it } from 'vitest';
import { ME, OTHER, person } from '../../test/fixtures/replica-scene.js';
import { Users } from './users.js';

describe('people', () => {
  it('[G8] are read again where a newer version was told of, and an older one never takes the place of a newer', () => {
    const users = new Users();
    users.take([person(OTHER, 2)]);
    users.changed([{ id: OTHER, version: 2 }]);
    expect(users.wanted(9)).toEqual([]);
    users.changed([{ id: OTHER, version: 3 }]);
    users.take([person(OTHER, 1)]);
    expect([users.wanted(9), users.get(OTHER)?.version]).toEqual([[OTHER], 2]);
    users.take([person(OTHER, 3)]);
    expect([users.wanted(9), users.get(OTHER)?.version]).toEqual([[], 3]);
  });

  it('[M19] are asked for when named and not known, once where the server does not find them', () => {
    const users = new Users();
    users.named([ME, OTHER]);
    users.take([person(ME)]);
    expect(users.wanted(9)).toEqual([OTHER]);
    users.asked([OTHER]);
    users.named([OTHER]);
    expect(users.wanted(9)).toEqual([]);
    users.connected();
    users.named([OTHER]);
    expect(users.wanted(9)).toEqual([OTHER]);
  });

  it('tell those who look, and give out once what is to be kept', () => {
    const users = new Users();
    const seen: unknown[] = [];
    const one = users.observe(OTHER);
    const stop = one.subscribe(() => seen.push(one.getSnapshot()?.version));
    users.restore([person(OTHER, 1)]);
    expect(users.toKeep().size).toBe(0);
    users.take([person(OTHER, 2), person(OTHER, 2)]);
    stop();
    users.take([person(OTHER, 3)]);
    expect(seen).toEqual([1, 2]);
    expect([...users.toKeep()]).toEqual([[OTHER, person(OTHER, 3)]]);
    expect(users.toKeep().size).toBe(0);
  });
});
