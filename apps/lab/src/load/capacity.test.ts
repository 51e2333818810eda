import { expect, it } from 'vitest';
import { carriedBy, findKnee, type Knee, resourceOf, type Step } from './capacity.js';

const upTo = (knee: number) => (perSecond: number) =>
  Promise.resolve({
    perSecond,
    failed: perSecond <= knee ? null : 'p99 is 120 ms',
    resource: 'the core',
  } satisfies Step);

it.each([3, 50, 777, 12_000])('finds the load that is carried within 7 %%: %i', async (knee) => {
  const found = await findKnee(50, upTo(knee));
  expect(found.perSecond).toBeLessThanOrEqual(knee);
  expect(found.perSecond).toBeGreaterThan(knee * (knee < 50 ? 0.6 : 0.93) - 1);
  expect(found.ending.perSecond).toBeGreaterThan(knee);
});

it('is not ended by a load that is not carried three times, and is the fourth time', async () => {
  const tries = new Map<number, number>();
  const found = await findKnee(50, async (perSecond) => {
    const step = await upTo(1_000)(perSecond);
    const tried = tries.get(perSecond) ?? 0;
    tries.set(perSecond, tried + 1);
    return tried < 3 && perSecond < 300 ? { ...step, failed: 'p99 is 120 ms' } : step;
  });
  expect(found.perSecond).toBeGreaterThan(930);
  expect(Math.max(...tries.values())).toBe(4);
});

it('says that nothing was carried where nothing was, and gives up where nothing ends it', async () => {
  expect((await findKnee(50, upTo(0))).perSecond).toBe(0);
  await expect(findKnee(1, upTo(Number.POSITIVE_INFINITY))).rejects.toThrow('no end was found');
});

it('gives the run in the middle, and is too noisy where two differ by more than 20 %', () => {
  const knee = (perSecond: number): Knee => ({
    perSecond,
    steps: [],
    ending: { perSecond: perSecond * 2, failed: 'late', resource: `what ended ${perSecond}` },
  });
  expect(carriedBy([knee(1_100), knee(1_000), knee(1_040)])).toEqual({
    ...{ perSecond: 1_040, plusMinus: 50, isTooNoisy: false, resource: 'what ended 1040' },
  });
  expect(carriedBy([knee(1_000), knee(1_201)]).isTooNoisy).toBe(true);
  expect(carriedBy([knee(0), knee(0)]).isTooNoisy).toBe(true);
});

it('names what was used up, and others before the disk', () => {
  const usage = { server: 0.3, postgres: 0.1, load: 0.2, machine: 0.7, isPinned: true, isLoadLimited: false };
  expect(resourceOf({ ...usage, server: 0.7, postgres: 0.25 })).toContain('the core that server and PostgreSQL share');
  expect(resourceOf({ ...usage, server: 0.9, isPinned: false })).toContain("the server's core");
  expect(resourceOf({ ...usage, machine: 1.9 })).toContain('other work on this machine');
  expect(resourceOf({ ...usage, isLoadLimited: true })).toContain('the load side');
  expect(resourceOf(usage)).toContain('the disk');
});
