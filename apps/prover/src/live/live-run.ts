// One live run: a server, people who talk, faults one after another, silence, and everything that came of it as a history.
import { setTimeout as pause } from 'node:timers/promises';
import { BrokenLine } from '@kith/testkit/broken-line';
import { until } from '@kith/testkit/faults/until';
import { SeededRandom } from '@kith/testkit/seeded-random';
import type { History } from '../history/history.js';
import type { Plan } from '../plan.js';
import { OwnGround } from './ground.js';
import { endOf } from './live-end.js';
import { type FaultName, faultsBySeed, lacksOf, runFault, type Scene } from './live-faults.js';
import type { LiveOptions } from './live-options.js';
import { LiveRecorder } from './live-recorder.js';
import { LiveWorld } from './live-world.js';

/** A fault that happened. Milliseconds since the start. */
export type Happened = { readonly name: FaultName; readonly words: string; readonly fromMs: number; toMs: number };

/** Counts so far, at a moment. */
export type Sample = {
  readonly atMs: number;
  readonly sent: number;
  readonly confirmed: number;
  readonly delivered: number;
};

export type LiveResult = {
  readonly ground: string;
  readonly history: History;
  readonly faults: readonly Happened[];
  /** What cannot be had here, and why. */
  readonly leftOut: readonly { readonly name: FaultName; readonly why: string }[];
  /** Asked for, and the time was over before. */
  readonly notReached: readonly FaultName[];
  readonly samples: readonly Sample[];
  readonly connections: number;
  readonly cuts: number;
};

export type Watcher = {
  /** Something else happens from now on. */
  onFault(words: string): void;
  onSample(sample: Sample): void;
  /** Ends it early: nothing is judged then, and nothing is left running. */
  readonly signal?: AbortSignal;
  /** For tests of the verdict: does harm of its own when people have fallen silent, before the end is read. */
  readonly meddle?: (ground: OwnGround) => Promise<void>;
};

const SAMPLE_MS = 250;
const BETWEEN_MS = 1_500;
/** After a fault something new is confirmed within this. */
const FLOWS_MS = 45_000;
const ANSWERED_MS = 60_000;
const WHOLE_MS = 30_000;

export async function runLive(options: LiveOptions, watcher: Watcher): Promise<LiveResult> {
  const ground = options.url === null ? await OwnGround.open(options.faults.includes('disk')) : null;
  const line = await BrokenLine.open(new SeededRandom(options.seed).fork('line'));
  try {
    line.leadTo(ground?.url ?? options.url);
    if (ground !== null) ground.onMove = (url) => line.leadTo(url);
    const recorder = new LiveRecorder();
    const direct = ground?.url ?? options.url ?? '';
    const world = await LiveWorld.open({ line: line.url, direct }, options, recorder);
    try {
      const run = new LiveRun({ options, watcher, recorder, world, line, ground });
      return await Promise.race([run.go(), ended(watcher.signal)]);
    } finally {
      await world.close();
    }
  } finally {
    await line.close();
    await ground?.close();
  }
}

function ended(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new Error('it was ended before its verdict')));
  });
}

type Parts = {
  readonly options: LiveOptions;
  readonly watcher: Watcher;
  readonly recorder: LiveRecorder;
  readonly world: LiveWorld;
  readonly line: BrokenLine;
  readonly ground: OwnGround | null;
};

class LiveRun {
  readonly #parts: Parts;
  readonly #faults: Happened[] = [];
  readonly #samples: Sample[] = [];
  readonly #errors: string[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async go(): Promise<LiveResult> {
    const { options, watcher, recorder, world, line, ground } = this.#parts;
    const lacking = options.faults.map((name) => ({ name, why: lacksOf(name, ground) }));
    const leftOut = lacking.flatMap(({ name, why }) => (why === null ? [] : [{ name, why }]));
    const names = lacking.flatMap(({ name, why }) => (why === null ? [name] : []));
    const sampling = setInterval(() => this.#sample(), SAMPLE_MS);
    try {
      world.talk(options);
      await this.#breakThings(names);
      world.hush();
      recorder.note({ type: 'quiet', who: 'everybody' });
      watcher.onFault('everything is healed; what is on its way arrives');
      await this.#comeToRest();
    } finally {
      clearInterval(sampling);
    }
    await this.#restartAll();
    watcher.onFault('the logs are read');
    this.#sample();
    const errors = [...this.#errors, ...world.ledger.breaches, ...(ground?.judgeOutput(world.secrets) ?? [])];
    const end = await endOf(world, ground?.url ?? options.url ?? '', errors);
    const happened = new Set(this.#faults.map(({ name }) => name));
    return {
      ground: ground?.name ?? `the server at ${options.url}`,
      history: recorder.history({ plan: planOf(options, world), people: world.people, end }),
      faults: this.#faults,
      leftOut,
      notReached: names.filter((name) => !happened.has(name)),
      samples: this.#samples,
      connections: world.greetings,
      cuts: line.cuts,
    };
  }

  /** Faults, until the time is over. */
  async #breakThings(names: readonly FaultName[]): Promise<void> {
    const { options, watcher, recorder, world, line, ground } = this.#parts;
    const endMs = recorder.atMs + options.seconds * 1_000;
    const random = new SeededRandom(options.seed).fork('how');
    const faults = faultsBySeed(names, options.seed);
    while (recorder.atMs < endMs) {
      watcher.onFault('nothing is wrong');
      await pause(Math.min(300 + random.below(BETWEEN_MS), endMs - recorder.atMs));
      const { value: name } = faults.next();
      if (name === undefined) await pause(Math.max(0, endMs - recorder.atMs));
      if (name === undefined || recorder.atMs >= endMs) return;
      const say = (words: string) => {
        this.#faults.push({ name, words, fromMs: recorder.atMs, toMs: recorder.atMs });
        recorder.note({ type: 'life', who: 'plan', what: words });
        watcher.onFault(words);
      };
      const mostMs = Math.max(1_000, Math.min(options.seconds * 250, endMs - recorder.atMs));
      await this.#one(name, { world, line, ground, random, mostMs, say });
    }
  }

  async #one(name: FaultName, scene: Scene): Promise<void> {
    const { recorder, world, ground } = this.#parts;
    await runFault(name, scene).catch((error: unknown) => this.#errors.push(`${name}: ${String(error)}`));
    const last = this.#faults.at(-1);
    if (last) last.toMs = recorder.atMs;
    recorder.note({ type: 'life', who: 'plan', what: 'healed' });
    if (ground !== null && !ground.isServerRunning) {
      this.#errors.push(`after ${name} the server had ended by itself`);
      await ground.killServer();
      await ground.startServer();
    }
    const before = world.ledger.sent;
    const isFlowing = () => world.ledger.latest >= before;
    await until(`something new is confirmed after ${name}`, isFlowing, { withinMs: FLOWS_MS }).catch(this.#note);
  }

  async #comeToRest(): Promise<void> {
    const { world } = this.#parts;
    const isAnswered = () => world.unanswered === 0;
    await until('every message is answered', isAnswered, { withinMs: ANSWERED_MS }).catch(this.#note);
    await until('every device has everything', () => world.isSettled, { withinMs: WHOLE_MS }).catch(this.#note);
  }

  /** What only was in memory is gone before the end is read. */
  async #restartAll(): Promise<void> {
    const { ground, world, watcher } = this.#parts;
    if (ground === null) return;
    watcher.onFault('server and database are killed once more, so that only what is durable is judged');
    await ground.killServer();
    await watcher.meddle?.(ground);
    await ground.postgres.crash();
    await ground.startServer();
    await until('every device has everything', () => world.isSettled, { withinMs: WHOLE_MS }).catch(this.#note);
  }

  readonly #note = (error: unknown): void => {
    this.#errors.push(error instanceof Error ? error.message : String(error));
  };

  #sample(): void {
    const { recorder, watcher, world } = this.#parts;
    const { sent, confirmed, delivered } = world.ledger;
    const sample = { atMs: recorder.atMs, sent, confirmed, delivered };
    this.#samples.push(sample);
    watcher.onSample(sample);
  }
}

/** A live run draws no steps: what is known before is who is there. */
function planOf({ seed }: LiveOptions, world: LiveWorld): Plan {
  const devices = world.accounts.map((account) => world.devices.filter((device) => device.account === account).length);
  const bus = { lose: 0, double: 0, delay: 0 };
  const none = { database: null, isIndexing: false, indexFailing: 0, steps: [] };
  return { seed, devices, nodes: 1, bus, wireMs: 0, storeMs: 0, ...none };
}
