// What a run is going to do, drawn from its seed alone: who is there, how unreliable everything is, and the steps one after
// another. Not every run gets every kind of trouble: a run with few kinds goes deeper into them.
import { type DatabaseFaults, NO_FAULTS } from '@kith/testkit/database-model/faults';
import { SeededRandom } from '@kith/testkit/seeded-random';

/** Kinds of steps, and how often each is drawn. */
const WORK = {
  say: 14,
  wait: 8,
  doze: 3,
  direct: 2,
  group: 3,
  add: 3,
  remove: 3,
  role: 1,
  rename: 1,
  read: 4,
  typed: 1,
  watch: 1,
  look: 3,
  page: 3,
  seek: 2,
  mention: 3,
  amend: 4,
  erase: 3,
  react: 0,
  pin: 0,
  poll: 0,
  schedule: 0,
  expire: 0,
  sleep: 0,
  retain: 0,
  age: 0,
  hide: 0,
  invite: 0,
  apart: 0,
  startle: 0,
  crowd: 0,
  channel: 0,
  forward: 0,
  answer: 0,
  follow: 0,
  search: 0,
  mute: 1,
  away: 1,
  twice: 2,
  ask: 3,
  wrong: 2,
  edit: 2,
  discard: 1,
  history: 0,
  hold: 1,
  retry: 1,
  release: 1,
} as const;

/** Each of them is in some of the runs. */
const TROUBLE = {
  burst: 2,
  open: 4,
  close: 2,
  reload: 3,
  crash: 2,
  freeze: 3,
  thaw: 3,
  cut: 4,
  vanish: 2,
  garble: 2,
  noise: 3,
  stall: 2,
  offline: 2,
  online: 3,
  wall: 5,
  buffer: 8,
  unwall: 3,
  full: 1,
  room: 2,
  wipe: 1,
  revoke: 1,
  banish: 1,
  leave: 1,
  kill: 2,
  drain: 1,
  pause: 3,
  resume: 3,
  snapshot: 2,
  restore: 1,
  forget: 2,
  outage: 2,
  part: 2,
  fill: 1,
  jump: 2,
} as const;

export type StepName = keyof typeof WORK | keyof typeof TROUBLE;

/** `who`, `where` and `whom` choose among those who are there when it happens, each by its remainder. */
export type Step = { readonly do: StepName; readonly who: number; readonly where: number; readonly whom: number };

export type Plan = {
  readonly seed: number;
  /** Devices of each person. */
  readonly devices: readonly number[];
  readonly nodes: number;
  /** Of messages between nodes. */
  readonly bus: { readonly lose: number; readonly double: number; readonly delay: number };
  /** Longest way of a frame, in milliseconds. */
  readonly wireMs: number;
  /** Longest way to the store and back, each, in milliseconds. */
  readonly storeMs: number;
  /** What goes wrong with the model of the database under the shipped log; null for the log in memory. */
  readonly database: DatabaseFaults | null;
  /** The nodes keep the index of messages, and people search. */
  readonly isIndexing: boolean;
  /** The share of calls to the index, and of its answers, that are lost. */
  readonly indexFailing: number;
  readonly steps: readonly Step[];
};

const LEAST_STEPS = 12;
const MOST_STEPS = 60;
const PLACES = 1_000;
/** Trouble that ends other trouble comes with it. */
const PAIRS: readonly (readonly StepName[])[] = [
  ['open', 'close'],
  ['reload'],
  ['crash'],
  ['freeze', 'thaw'],
  ['cut'],
  ['vanish'],
  ['garble'],
  ['noise'],
  ['stall'],
  ['offline', 'online'],
  ['full', 'room'],
  ['wipe'],
  ['revoke'],
  ['banish'],
  ['leave'],
  ['kill'],
  ['drain'],
  ['pause', 'resume'],
  ['snapshot', 'restore'],
  ['forget'],
  ['outage'],
  ['part'],
  ['fill'],
  ['jump'],
];

/** Networks by which the HTTP of the SDK is the only way. */
const NETWORKS = ['wall', 'buffer'] as const;
const DOZE_THERE = 6;
const HISTORY_THERE = 8;
const REACT_THERE = 10;
const STARTLE_THERE = 6;
const CROWD_THERE = 4;
const OFTEN = 0.3;
/** What makes long runs is in few of them. */
const SELDOM = 0.12;
/** Of the runs whose log is in memory. */
const AGING = 0.2;
const FEATURES: readonly (readonly [fork: string, share: number, ...steps: (readonly [StepName, number])[]])[] = [
  ['channels', OFTEN, ['channel', 12]],
  ['forwards', OFTEN, ['forward', 8]],
  // What nobody waits for nobody can answer.
  ['threads', OFTEN, ['answer', 20], ['follow', 12], ['doze', 10]],
  ['pins', OFTEN, ['pin', 10]],
  ['polls', OFTEN, ['poll', 14]],
  ['later', OFTEN, ['schedule', 14], ['doze', 4]],
  ['hides', OFTEN, ['hide', 20]],
  ['invites', OFTEN, ['invite', 16], ['remove', 3]],
  ['expiry', SELDOM, ['expire', 14], ['sleep', 3]],
  ['apart', OFTEN, ['apart', 20], ['direct', 4], ['doze', 4]],
];
const SEARCH_THERE = 6;
const MOST_INDEX_FAILING = 0.1;

/** Whether one of the steps is of this kind. */
export function hasStep({ steps }: Plan, kind: StepName): boolean {
  return steps.some(({ do: name }) => name === kind);
}

export function planOf(seed: number): Plan {
  const random = new SeededRandom(seed).fork('plan');
  const weights: (readonly [StepName, number])[] = Object.entries(WORK) as [StepName, number][];
  // Long logs make long runs: a few of them are enough.
  if (random.chance(0.1)) weights.push(['burst', TROUBLE.burst]);
  for (const names of PAIRS) {
    if (!random.chance(0.4)) continue;
    for (const name of names) weights.push([name, TROUBLE[name as keyof typeof TROUBLE]]);
  }
  const networks = new SeededRandom(seed).fork('network');
  for (const name of NETWORKS) {
    if (!networks.chance(0.3)) continue;
    // Another way is taken within seconds, not within milliseconds.
    weights.push([name, TROUBLE[name]], ['unwall', TROUBLE.unwall], ['doze', DOZE_THERE]);
  }
  const places = new SeededRandom(seed).fork('places');
  // Whether those who come see what was before makes a difference where people come and go.
  if (places.chance(0.3)) weights.push(['history', HISTORY_THERE], ['group', 2], ['add', 6], ['remove', 3]);
  // What is said last may be what goes missing: whoever reacts on top of it makes that seen, so not in every run.
  if (new SeededRandom(seed).fork('thumbs').chance(0.4)) weights.push(['react', REACT_THERE]);
  // Where another tab comes while one is added to something, it finds half of it in the store.
  if (new SeededRandom(seed).fork('startle').chance(0.3)) weights.push(['startle', STARTLE_THERE]);
  const database = databaseOf(new SeededRandom(seed).fork('database'));
  // Where the database commits late, newer writes overtake older ones.
  const isLate = database !== null && database.committing[1] > 0;
  if (isLate && new SeededRandom(seed).fork('crowd').chance(0.5)) weights.push(['crowd', CROWD_THERE]);
  weights.push(...featuresOf(seed));
  if (isAging(seed, { database, weights })) weights.push(['retain', 8], ['age', 4]);
  const index = new SeededRandom(seed).fork('index');
  const isIndexing = index.chance(0.4);
  if (isIndexing) weights.push(['search', SEARCH_THERE]);
  const isFaulty = random.chance(0.7);
  const share = () => (isFaulty ? random.fraction() * 0.4 : 0);
  return {
    seed,
    devices: Array.from({ length: 2 + random.below(2) }, () => 1 + random.below(2)),
    nodes: 1 + random.below(3),
    bus: { lose: share(), double: share(), delay: share() },
    wireMs: 1 + random.below(30),
    storeMs: 1 + random.below(10),
    database,
    isIndexing,
    indexFailing: index.chance(0.5) ? index.fraction() * MOST_INDEX_FAILING : 0,
    steps: Array.from({ length: LEAST_STEPS + random.below(MOST_STEPS - LEAST_STEPS) }, () => ({
      do: drawn(weights, random),
      who: random.below(PLACES),
      where: random.below(PLACES),
      whom: random.below(PLACES),
    })),
  };
}

function featuresOf(seed: number): readonly (readonly [StepName, number])[] {
  return FEATURES.flatMap(([fork, share, ...steps]) => (new SeededRandom(seed).fork(fork).chance(share) ? steps : []));
}

type Drawn = { readonly database: DatabaseFaults | null; readonly weights: readonly (readonly [StepName, number])[] };

/** The model of the database has no policies; and where clocks jump nobody can say what has had its time. */
function isAging(seed: number, { database, weights }: Drawn): boolean {
  if (database !== null || weights.some(([name]) => name === 'jump')) return false;
  return new SeededRandom(seed).fork('retention').chance(AGING);
}

/** In half of the runs the log is the one in memory; in half of the others its database does as it should. */
function databaseOf(random: SeededRandom): DatabaseFaults | null {
  if (random.chance(0.5)) return null;
  if (random.chance(0.5)) return NO_FAULTS;
  const share = (most: number) => (random.chance(0.4) ? random.fraction() * most : 0);
  const span = (mostMs: number) => [0, random.below(mostMs)] as const;
  return {
    latency: NO_FAULTS.latency,
    queueing: span(20),
    // A disk that is slow for seconds now and then.
    committing: span(random.chance(0.3) ? 3_000 : 200),
    noticing: span(5_000),
    cutBefore: share(0.03),
    cutDuring: share(0.03),
    cutAfter: share(0.03),
    swallowed: share(0.02),
    cancelled: share(0.03),
    terminated: share(0.03),
    refused: share(0.2),
  };
}

function drawn(weights: readonly (readonly [StepName, number])[], random: SeededRandom): StepName {
  let left = random.below(weights.reduce((sum, [, weight]) => sum + weight, 0));
  for (const [name, weight] of weights) {
    if (left < weight) return name;
    left -= weight;
  }
  return 'wait';
}
