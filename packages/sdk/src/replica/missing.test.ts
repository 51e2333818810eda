import { beforeEach, describe, expect, it } from 'vitest';
import { Missing } from './missing.js';

describe('the cursor', () => {
  let missing: Missing;
  beforeEach(() => {
    missing = new Missing();
    missing.begin('old');
  });

  it('[C4] moves only when every conversation that it vouches for is known', () => {
    missing.want('here', { epoch: 1, seq: 5 });
    missing.synced('new');
    expect([missing.settle(), missing.since]).toEqual([false, 'old']);
    expect(missing.came('here')).toEqual({ epoch: 1, seq: 5 });
    expect([missing.settle(), missing.since]).toEqual([true, 'new']);
    expect(missing.settle()).toBe(false);
  });

  it('[C4] is not moved while the list has more pages, and then to the one of the last page', () => {
    missing.isListWanted = true;
    missing.synced('too soon');
    expect(missing.settle()).toBe(false);
    missing.endList('of the list');
    expect([missing.settle(), missing.since]).toEqual([true, 'of the list']);
  });

  it('[C9] asks about whatever a list of all did not name, before it moves', () => {
    missing.welcome(true, ['here', 'there']);
    missing.came('here');
    missing.endList('new');
    expect([...missing.summaries.keys()]).toEqual(['there']);
    expect(missing.settle()).toBe(false);
    missing.forget('there');
    expect([missing.settle(), missing.since]).toEqual([true, 'new']);
  });

  it('[C1] asks about none that a list of changes did not name', () => {
    missing.welcome(false, ['here']);
    missing.endList('new');
    expect(missing.summaries.size).toBe(0);
  });
});
