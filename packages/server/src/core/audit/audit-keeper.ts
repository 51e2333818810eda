// Forgets what the audit trail has kept for as long as it is to be kept: the oldest records first, a bounded number at a time, off
// the path of anything else. Every node does it; of several at once each record goes once. Rule AU5 of docs/protocol/v1.md.
import type { Clock } from '../clock.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { Turns } from '../turns.js';
import type { AuditStore } from './audit-store.js';

export type AuditKeeperPorts = {
  readonly store: Pick<AuditStore, 'workspaces' | 'prune'>;
  /** Null for ever. */
  readonly days: number | null;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
};

const DAY_MS = 24 * 60 * 60_000;
const LOOK_MS = 60 * 60_000;
const PAUSE_MS = 50;
const STEP = 500;

export class AuditKeeper {
  readonly #ports: AuditKeeperPorts;
  readonly #turns: Turns<boolean>;

  constructor(ports: AuditKeeperPorts) {
    this.#ports = ports;
    this.#turns = new Turns({
      clock: ports.clock,
      take: () => this.#takeTurn(),
      waitMs: (hasMore) => (hasMore ? PAUSE_MS : LOOK_MS),
      failed: (error) => {
        reportFailure(ports.telemetry, 'old records of the audit trail have to wait', error);
        return LOOK_MS;
      },
    });
  }

  start(): void {
    if (this.#ports.days !== null) this.#turns.start();
  }

  /** Takes a turn now. @returns whether there may be more */
  poll(): Promise<boolean> {
    return this.#turns.poll();
  }

  stop(): Promise<void> {
    return this.#turns.stop();
  }

  async #takeTurn(): Promise<boolean> {
    const { store, days, clock } = this.#ports;
    if (days === null) return false;
    let hasMore = false;
    for (const workspace of await store.workspaces()) {
      if (this.#turns.isStopped) return false;
      const gone = await store.prune(workspace, { before: clock.now() - days * DAY_MS, limit: STEP });
      hasMore ||= gone === STEP;
    }
    return hasMore;
  }
}
