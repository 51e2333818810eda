// Moves the start of logs over what has had its time, and empties what was said there. Every node runs one; a step is made where
// the log still begins where it was seen to, and a conversation that another node is just writing is left to it, so that each
// step is made once, and what a node that dies had not done is due as before. Rules RT3 to RT7 of docs/protocol/v1.md.
// Bounded: a turn looks at so many conversations, and takes so many steps of so many entries; off the path of any send.
import type { Entry } from '@kith/protocol';
import type { Clock, Random } from '../clock.js';
import type { ConversationLog } from '../log.js';
import type { SearchIndex } from '../search/search-index.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { Turns } from '../turns.js';
import type { RetentionPolicies } from './policies.js';
import { cutoffOf } from './policy.js';
import type { AgedConversation, RetentionStore } from './retention-store.js';

export type RetentionWorkerPorts = {
  readonly store: RetentionStore;
  /** As it is, with what is given to nobody any more. */
  readonly log: ConversationLog;
  readonly index: Pick<SearchIndex, 'remove'>;
  readonly policies: RetentionPolicies;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
};

/** From one look at all conversations to the next: what is due is gone within a minute, also after some that failed. */
const LOOK_MS = 30_000;
/** Up to 255 times as much more, so that nodes do not all look at the same moment. */
const APART_MS = 20;
/** From one turn to the next while there is more: the rest is the senders'. */
const PAUSE_MS = 20;
const CONVERSATIONS = 500;
/** Entries of one step: one transaction of some ten milliseconds. */
const STEP = 200;
/** Of one conversation in one turn: the others are not kept waiting by a long one. */
const STEPS = 10;

export class RetentionWorker {
  readonly #ports: RetentionWorkerPorts;
  readonly #turns: Turns<void>;
  /** Where the look at all conversations goes on; null for its beginning. */
  #after: string | null = null;
  /** One of them has more than was done in its turn. */
  #hasMore = false;

  constructor(ports: RetentionWorkerPorts) {
    this.#ports = ports;
    this.#turns = new Turns({
      clock: ports.clock,
      take: () => this.#takeTurn(),
      waitMs: () => this.#waitMs(),
      failed: (error) => {
        this.#failed(error);
        return LOOK_MS;
      },
    });
  }

  /** Begins to look. Where the store is away it goes on once that is back. */
  start(): void {
    this.#turns.start();
  }

  /** Takes a turn now, or waits for the one under way. */
  poll(): Promise<void> {
    return this.#turns.poll();
  }

  stop(): Promise<void> {
    return this.#turns.stop();
  }

  #waitMs(): number {
    if (this.#after !== null || this.#hasMore) return PAUSE_MS;
    return LOOK_MS + (this.#ports.random.bytes(1)[0] ?? 0) * APART_MS;
  }

  async #takeTurn(): Promise<void> {
    const { store, policies, clock } = this.#ports;
    if (this.#after === null) this.#hasMore = false;
    const query = { nowMs: clock.now(), standardDays: policies.standardDays, after: this.#after, limit: CONVERSATIONS };
    const { conversations, next } = await store.aged(query);
    for (const one of conversations) {
      if (this.#turns.isStopped) return;
      await this.#look(one);
    }
    this.#after = next;
  }

  async #look(aged: AgedConversation): Promise<void> {
    const { policies, clock } = this.#ports;
    const { workspace, conversation: id, retentionDays } = aged;
    try {
      const cutoff = cutoffOf({ id, kind: 'group', retentionDays }, await policies.of(workspace), clock.now());
      if (cutoff === null || aged.since > cutoff) return;
      let { first } = aged;
      for (let step = 0; step < STEPS; step += 1) {
        const to = await this.#step({ ...aged, first }, cutoff);
        if (to === null) return;
        first = to;
      }
      this.#hasMore = true;
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    reportFailure(this.#ports.telemetry, 'what is kept for too long has to wait', error);
  }

  /** @returns where the log begins now, where there may be more; null where there is no more to be done now */
  async #step({ conversation, epoch, first }: AgedConversation, cutoff: number): Promise<number | null> {
    const { store, log, index, clock, telemetry } = this.#ports;
    const page = await log.read({ conversation, after: first - 1, limit: STEP + 1, from: 'lower' });
    if (page?.record.state.epoch !== epoch) return null;
    const { entries } = page;
    const young = entries.findIndex(({ at }) => at > cutoff);
    const gone = entries.slice(0, Math.min(STEP, young < 0 ? entries.length : young));
    const next = entries[gone.length];
    const to = first + gone.length;
    // What the log is to lose the index loses first: were it the other way round, a crash in between would leave it there.
    const removals = gone.filter(isText).map(({ seq }) => ({ conversation, epoch, seq }));
    if (removals.length > 0) await index.remove(removals);
    const isDone = await store.trim({ conversation, epoch, first, to, since: next?.at ?? clock.now() });
    if (!isDone) return null;
    if (gone.length > 0) telemetry.count('kith_retention_entries_total', gone.length);
    return next !== undefined && next.at <= cutoff ? to : null;
  }
}

function isText({ kind, erased }: Entry): boolean {
  return kind === 'message.sent' && !erased;
}
