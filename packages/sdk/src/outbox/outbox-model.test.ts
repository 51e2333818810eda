// The model test of the outbox: random writes, changes, cuts, crashes, other tabs and failing storage, against a small model
// of a server that keeps keys. A failing run prints its seed and path; MODEL_RUNS makes it longer.
import { FakeClock, settle } from '@kith/testkit/fake-clock';
import { SeededRandom } from '@kith/testkit/seeded-random';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ModelStore, ModelTab } from '../../test/fixtures/model-device.js';
import { ModelServer } from '../../test/fixtures/model-server.js';
import type { OutboxItem } from './outbox-item.js';

const ME = '00000000-0000-7000-8000-00000000000a';
const CONVERSATIONS = ['here', 'there'];
const RUNS = Number(process.env.MODEL_RUNS ?? 150);

/** Lists are as long as they may be, not as short as they usually are. */
const LONG = { maxLength: 100, size: 'max' } as const;

const which = fc.nat({ max: 100 });
const step = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('say' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('poison' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hold' as const), which, blocksOthers: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('saySecondTab' as const), which }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('connect' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('reload' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('edit' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('retry' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('release' as const), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), which }) },
);
const breakage = fc.record({ do: fc.constant('store' as const), isBroken: fc.boolean() });
const loss = fc.record({ do: fc.constant('restore' as const), lost: fc.nat({ max: 5 }) });
type Step = typeof step | typeof breakage | typeof loss extends fc.Arbitrary<infer T> ? T : never;

/** What the author knows of a message: the promises that the outbox made about it. */
type Wish = {
  readonly conversation: string;
  /** Tabs keep each their own order. */
  readonly tab: 'first' | 'second';
  /** As of the last change that the outbox took. */
  text: string;
  /** Other texts that it may have: of changes that a crash cut short, and of edits that wait behind it. */
  readonly maybe: Set<string>;
  key: string | null;
  /** It is in the store, so it must not be lost. */
  isPromised: boolean;
  /** `asked`: it may be there or not. */
  removal: 'no' | 'asked' | 'done';
  /** Sent anew after it failed, or let go of its place: others may have gone before it. */
  isOutOfTurn: boolean;
};

class World {
  readonly clock = new FakeClock();
  readonly random: SeededRandom;
  readonly server = new ModelServer(ME);
  readonly store: ModelStore;
  readonly wishes: Wish[] = [];
  #first: ModelTab;
  readonly #second: ModelTab;
  #texts = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    this.store = new ModelStore(this.clock, this.random);
    this.#first = this.#open();
    this.#second = this.#open();
  }

  get items(): readonly OutboxItem[] {
    return this.#first.outbox.items.getSnapshot();
  }

  async take(taken: Step): Promise<void> {
    switch (taken.do) {
      case 'say':
        this.#add('first', taken.which, {});
        break;
      case 'poison':
        this.#add('first', taken.which, { prefix: 'poison ' });
        break;
      case 'hold':
        this.#add('first', taken.which, { held: 'upload', blocksOthers: taken.blocksOthers });
        break;
      case 'saySecondTab':
        this.#add('second', taken.which, {});
        break;
      case 'wait':
        await this.clock.advanceAsync(taken.ms);
        break;
      case 'connect':
        this.#first.connect();
        break;
      case 'cut':
        this.#first.cut();
        break;
      case 'crash':
        await this.#crash();
        break;
      case 'reload':
        await this.#reload();
        break;
      case 'store':
        this.store.isBroken = taken.isBroken;
        break;
      case 'restore':
        this.#restore(taken.lost);
        break;
      default:
        this.#change(taken.do, taken.which);
    }
    await settle();
  }

  /** Everything works again and there is time enough. */
  async heal(): Promise<void> {
    this.store.isBroken = false;
    this.#first.connect();
    await this.clock.advanceAsync(100);
    await this.#reload();
    for (let turn = 0; turn < 2; turn += 1) {
      for (const item of this.items) if (item.held !== null && item.failure === null) await this.#release(item);
      await this.clock.advanceAsync(600_000);
    }
  }

  /** Texts in the order of the log. */
  logOf(conversation: string): readonly string[] {
    return (this.server.logs.get(conversation) ?? []).map(({ body }) => String(body.text));
  }

  end(): void {
    this.#first.end();
    this.#second.end();
  }

  #open(): ModelTab {
    return new ModelTab({ clock: this.clock, random: this.random, server: this.server, store: this.store });
  }

  /** The app ends without a word, and is there again. */
  async #crash(): Promise<void> {
    for (const wish of this.wishes) {
      const item = this.items.find(({ key }) => key === wish.key);
      // What the outbox said lives in memory alone is gone.
      if (wish.tab === 'first' && item?.isDurable === false) wish.isPromised = false;
    }
    this.#first.end();
    this.#first = this.#open();
    await this.#reload();
  }

  #restore(lost: number): void {
    this.#first.cut();
    // What the outbox has let go of is the server's to keep.
    const held = new Set(this.items.map(({ key }) => key));
    for (const wish of this.wishes) if (wish.key !== null && !held.has(wish.key)) wish.isPromised = false;
    this.server.restore(lost);
    this.#first.connect();
  }

  async #reload(): Promise<void> {
    const reloaded = this.#first.outbox.reload();
    await this.clock.advanceAsync(500);
    await reloaded;
  }

  #add(
    tab: Wish['tab'],
    place: number,
    { prefix = '', ...fields }: { prefix?: string; held?: string; blocksOthers?: boolean },
  ): void {
    const conversation = CONVERSATIONS[place % CONVERSATIONS.length] ?? '';
    const text = `${prefix}m${this.wishes.length}.`;
    const isOutOfTurn = fields.blocksOthers === false;
    const wish: Wish = { conversation, tab, text, maybe: new Set(), key: null, ...noPromise, isOutOfTurn };
    this.wishes.push(wish);
    const { outbox } = tab === 'first' ? this.#first : this.#second;
    const added = outbox.add({ conversation, command: 'message.send', params: { text }, ...fields });
    void added.then(({ key, isDurable }) => {
      wish.key = key;
      wish.isPromised = isDurable;
    });
  }

  #change(what: 'edit' | 'remove' | 'retry' | 'release' | 'fail', place: number): void {
    const items = this.items.filter(({ command }) => command === 'message.send');
    const item = items[place % Math.max(1, items.length)];
    const wish = this.wishes.find(({ key }) => key === item?.key);
    if (!item || !wish) return;
    const { outbox } = this.#first;
    switch (what) {
      case 'edit': {
        this.#texts += 1;
        const text = `m${this.wishes.indexOf(wish)}.${this.#texts}`;
        wish.maybe.add(text);
        void outbox.edit(item.key, { text }).then((changed) => {
          if (changed?.key === item.key) {
            wish.text = text;
            if (changed.isDurable) wish.maybe.clear();
          }
        });
        return;
      }
      case 'remove':
        wish.removal = 'asked';
        void outbox.remove(item.key).then((deletion) => {
          if (deletion === null) wish.removal = 'done';
        });
        return;
      case 'retry':
        // One whose key bears another text already would be there twice, as its author wants it.
        if (item.failure === null || item.failure.code === 'key_reused') return;
        wish.isOutOfTurn = true;
        void outbox.retry(item.key);
        return;
      case 'release':
        if (item.failure === null) void this.#release(item);
        return;
      default:
        if (item.failure === null) void outbox.fail(item.key, { code: 'upload', message: 'gone', retry: 'never' });
    }
  }

  async #release({ key }: OutboxItem): Promise<void> {
    const released = this.#first.outbox.release(key);
    await this.clock.advanceAsync(0);
    void released;
  }
}

const noPromise = { isPromised: false, removal: 'no' } as const;

/** The number of the message, whatever its text is now. */
const idOf = (text: string) => Number(/m(\d+)\./.exec(text)?.[1]);

type Faults = { readonly storage: boolean; readonly restores: boolean };

function check(world: World, { storage, restores }: Faults): void {
  const items = world.items;
  expect(items.filter(({ status }) => status !== 'failed')).toEqual([]);
  for (const conversation of CONVERSATIONS) {
    const log = world.logOf(conversation);
    const ids = log.map(idOf);
    expect(new Set(ids).size, `doubled: ${log.join(' ')}`).toBe(ids.length);
    for (const tab of ['first', 'second'] as const) {
      const inTurn = ids.filter((id) => world.wishes[id]?.tab === tab && !world.wishes[id]?.isOutOfTurn);
      const isOrdered = inTurn.every((id, index) => index === 0 || (inTurn[index - 1] ?? 0) < id);
      // A restored log, and messages that the store never had, may have lost what came before.
      if (!restores && !storage) expect(isOrdered, `out of order: ${log.join(' ')}`).toBe(true);
    }
  }
  for (const [id, wish] of world.wishes.entries()) {
    const text = world.logOf(wish.conversation).find((line) => idOf(line) === id);
    const item = items.find(({ key }) => key === wish.key);
    if (text === undefined && wish.removal === 'no' && wish.isPromised) {
      expect(item?.status, `lost: m${id}`).toBe('failed');
    }
    // A store that failed may bring back what was changed or removed meanwhile.
    if (storage || text === undefined) continue;
    expect(item, `there, and failed: m${id}`).toBeUndefined();
    expect(wish.removal, `removed, and there: m${id}`).not.toBe('done');
    expect([wish.text, ...wish.maybe], `another text: m${id}`).toContain(text);
  }
}

async function run(steps: readonly Step[], seed: number, faults: Faults): Promise<void> {
  const world = new World(seed);
  for (const taken of steps) await world.take(taken);
  await world.heal();
  check(world, faults);
  world.end();
  await world.clock.advanceAsync(10_000);
  expect(world.clock.pending).toBe(0);
}

it('what was added is in the log exactly once and in order, or visibly failed, whatever goes wrong', async () => {
  const faults = { storage: false, restores: false };
  await fc.assert(
    fc.asyncProperty(fc.array(step, LONG), fc.integer(), (steps, seed) => run(steps, seed, faults)),
    { numRuns: RUNS },
  );
}, 120_000);

it('nothing is doubled, and nothing that the store has is lost, where storage fails too', async () => {
  const faults = { storage: true, restores: false };
  const steps = fc.array(fc.oneof({ weight: 10, arbitrary: step }, { weight: 1, arbitrary: breakage }), LONG);
  await fc.assert(
    fc.asyncProperty(steps, fc.integer(), (taken, seed) => run(taken, seed, faults)),
    { numRuns: RUNS },
  );
}, 120_000);

it('[M6] nothing is doubled and nothing waits for ever where logs are restored', async () => {
  const faults = { storage: false, restores: true };
  const steps = fc.array(fc.oneof({ weight: 10, arbitrary: step }, { weight: 1, arbitrary: loss }), LONG);
  await fc.assert(
    fc.asyncProperty(steps, fc.integer(), (taken, seed) => run(taken, seed, faults)),
    { numRuns: RUNS },
  );
}, 120_000);
