// Keeps the change feed short: rows go when they are more than an hour old. Their age is told by this node's own looks at
// the clock and the transaction counter, since a transaction bears no time; a node that has just started prunes nothing.
import type { Cancel, Clock } from '../../core/clock.js';
import type { Telemetry } from '../../core/telemetry.js';
import type { Database, Statement } from './pool.js';

export type FeedPrunerParts = { readonly database: Database; readonly clock: Clock; readonly telemetry: Telemetry };

const INTERVAL_MS = 600_000;
const KEEP_MS = 3_600_000;

export const READ_XID: Statement = {
  name: 'read_xid',
  text: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid',
};

/** $1: rows of older transactions go. What is still open is younger. Served by feed_pkey. */
export const PRUNE_FEED: Statement = {
  name: 'prune_feed',
  text: `WITH pruned AS (
    UPDATE store s SET feed_from = $1::text::xid8 WHERE s.one AND s.feed_from < $1::text::xid8
  )
  DELETE FROM feed f WHERE f.xid < $1::text::xid8`,
};

export class FeedPruner {
  readonly #parts: FeedPrunerParts;
  /** Looks at the counter, the oldest first; a handful. */
  #looks: { readonly atMs: number; readonly xid: string }[] = [];
  #cancel: Cancel;
  #pruning: Promise<void> = Promise.resolve();

  constructor(parts: FeedPrunerParts) {
    this.#parts = parts;
    this.#cancel = this.#schedule();
  }

  /** Notes where the counter stands, and removes what is older than an hour. */
  async prune(): Promise<void> {
    const { database, clock } = this.#parts;
    const nowMs = clock.monotonic();
    const [look] = await database.query<{ xid: string }>(READ_XID);
    if (look) this.#looks.push({ atMs: nowMs, xid: look.xid });
    const old = this.#looks.findLast(({ atMs }) => atMs <= nowMs - KEEP_MS);
    if (!old) return;
    this.#looks = this.#looks.filter(({ atMs }) => atMs > old.atMs);
    await database.query(PRUNE_FEED, [old.xid]);
  }

  async close(): Promise<void> {
    this.#cancel();
    await this.#pruning;
  }

  #schedule(): Cancel {
    return this.#parts.clock.after(INTERVAL_MS, () => {
      this.#cancel = this.#schedule();
      this.#pruning = this.prune().catch((error: unknown) => {
        this.#parts.telemetry.error('pruning the change feed failed', error);
      });
    });
  }
}
