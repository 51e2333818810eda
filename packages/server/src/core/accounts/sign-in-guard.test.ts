import { FakeClock } from '@kith/testkit/fake-clock';
import { describe, expect, it } from 'vitest';
import { guardSizes, SignInGuard } from './sign-in-guard.js';

const SIZES = {
  pair: { burst: 3, perSecond: 1 },
  address: { burst: 6, perSecond: 1 },
  account: { burst: 5, perSecond: 1 },
  signUp: { burst: 2, perSecond: 1 },
};

function newGuard() {
  const clock = new FakeClock();
  const guard = new SignInGuard(clock, SIZES);
  const enter = (account: string, address: string, isKnownOrigin = false) => {
    return guard.enter({ account, address, isKnownOrigin });
  };
  const fail = (times: number, account: string, address: string) => {
    for (let count = 0; count < times; count += 1) enter(account, address);
  };
  return { clock, guard, enter, fail };
}

const LIMITED = expect.objectContaining({ code: 'rate_limited', retryAfterMs: 1_000 });

describe('the guard of sign-ins', () => {
  it('bounds wrong passwords for one account from one address, and then lets one in after the wait', () => {
    const { clock, enter, fail } = newGuard();
    fail(3, 'ann', '192.0.2.1');
    expect(() => enter('ann', '192.0.2.1')).toThrow(LIMITED);
    clock.advance(1_000);
    expect(() => enter('ann', '192.0.2.1')).not.toThrow();
  });

  it('counts failures alone: what is given back costs nothing', () => {
    const { enter } = newGuard();
    for (let count = 0; count < 50; count += 1) enter('ann', '192.0.2.1')();
    expect(() => enter('ann', '192.0.2.1')).not.toThrow();
  });

  it('bounds wrong passwords of one address over all accounts, a whole IPv6 network being one', () => {
    const { enter, fail } = newGuard();
    for (let index = 0; index < 6; index += 1) fail(1, `person ${index}`, `2001:db8::${index}`);
    expect(() => enter('one more', '2001:db8::ffff')).toThrow(LIMITED);
    expect(() => enter('one more', '2001:db8:1::1')).not.toThrow();
  });

  it('slows an account down for strangers, but never from an address where the person has signed in', () => {
    const { enter } = newGuard();
    for (let index = 0; index < 5; index += 1) enter('ann', `192.0.2.${index}`);
    expect(() => enter('ann', '192.0.2.99')).toThrow(LIMITED);
    expect(() => enter('ann', '198.51.100.7', true)).not.toThrow();
  });

  it('lets nobody behind the same address lock another out who has signed in from there', () => {
    const { enter, fail } = newGuard();
    for (let index = 0; index < 6; index += 1) fail(1, `person ${index}`, '192.0.2.1');
    expect(() => enter('someone', '192.0.2.1')).toThrow(LIMITED);
    expect(() => enter('ann', '192.0.2.1', true)).not.toThrow();
  });

  it('bounds guesses also from a known address', () => {
    const { enter } = newGuard();
    for (let count = 0; count < 3; count += 1) enter('ann', '192.0.2.1', true);
    expect(() => enter('ann', '192.0.2.1', true)).toThrow(LIMITED);
  });

  it('takes nothing where it refuses', () => {
    const { enter, fail } = newGuard();
    fail(3, 'ann', '192.0.2.1');
    for (let count = 0; count < 20; count += 1) expect(() => enter('ann', '192.0.2.1')).toThrow(LIMITED);
    expect(() => fail(2, 'ann', '192.0.2.2')).not.toThrow();
    expect(() => fail(3, 'ben', '192.0.2.1')).not.toThrow();
  });

  it('lets a factor raise how many accounts are made, and never how often one guesses', () => {
    const [usual, raised] = [guardSizes(1), guardSizes(100)];
    expect(raised.signUp).toEqual({ burst: usual.signUp.burst * 100, perSecond: usual.signUp.perSecond * 100 });
    expect({ ...raised, signUp: null }).toEqual({ ...usual, signUp: null });
    expect(guardSizes(0.001).signUp.burst).toBe(1);
  });

  it('bounds new accounts from one address', () => {
    const { clock, guard } = newGuard();
    guard.signUp('192.0.2.1');
    guard.signUp('192.0.2.1');
    expect(() => guard.signUp('192.0.2.1')).toThrow(LIMITED);
    expect(() => guard.signUp('192.0.2.2')).not.toThrow();
    clock.advance(1_000);
    expect(() => guard.signUp('192.0.2.1')).not.toThrow();
  });
});
