// The room on the disk: its two thresholds, what is refused below the lower one, and how it comes back.
import { REGISTRY, type RequestName } from '@kith/protocol';
import { describe, expect, test } from 'vitest';
import { needsRoom, Room } from './room.js';

const THRESHOLDS = { warnBelow: 0.1, refuseBelow: 0.02 };

describe('the room on the disk', () => {
  test('warns below the one threshold, refuses below the other, and comes back a quarter above either', () => {
    const room = new Room(THRESHOLDS);
    const seen = [0.5, 0.1, 0.099, 0.11, 0.02, 0.019, 0.024, 0.025, 0.09, 0.12, 0.125].map((free) => {
      room.saw(free);
      return room.level;
    });
    expect(seen).toEqual([...['enough', 'enough', 'low', 'low', 'low', 'none', 'none', 'low', 'low', 'low', 'enough']]);
  });

  test('says in a word what an operator should know, and nothing while all is well', () => {
    const room = new Room(THRESHOLDS);
    expect(room.warning).toBeNull();
    room.saw(0.08);
    expect(room.warning).toBe('disk: 8.0 % free, make room');
    room.saw(0.01);
    expect(room.warning).toBe('disk: 1.0 % free, writes are refused until there is room');
  });

  test('refuses what writes, with a code that has the same key sent again, and nothing else', () => {
    const room = new Room(THRESHOLDS);
    room.saw(0.01);
    expect(room.refusal('message.send')).toMatchObject({ code: 'unavailable', status: 503, retryAfterMs: 30_000 });
    expect(room.refusal('account.create')?.code).toBe('unavailable');
    for (const name of ['messages.read', 'session.refresh', 'session.create', 'message.delete'] as const)
      expect([name, room.refusal(name)]).toEqual([name, null]);
    room.saw(0.03);
    expect(room.refusal('message.send')).toBeNull();
  });

  test('never refuses a reading, nor what ends a session, a token or an access', () => {
    for (const name of Object.keys(REGISTRY) as RequestName[]) {
      const goesOn = REGISTRY[name].method === 'GET' || /\.(revoke|remove|end|retire|deactivate)$/.test(name);
      if (goesOn) expect([name, needsRoom(name)]).toEqual([name, false]);
    }
  });

  test('with a threshold of 0 does nothing', () => {
    const room = new Room({ warnBelow: 0, refuseBelow: 0 });
    room.saw(0);
    expect([room.level, room.warning]).toEqual(['enough', null]);
  });
});
