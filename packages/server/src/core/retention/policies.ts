// The policies of workspaces as this node knows them: read when they are wanted, and again after some seconds, so that a change
// made on another node holds here soon. Bounded: the oldest are forgotten.
import type { WorkspaceId } from '@kith/protocol';
import type { Clock } from '../clock.js';
import type { RetentionPolicy, RetentionStore } from './retention-store.js';

export type PoliciesPorts = {
  readonly store: Pick<RetentionStore, 'policy'>;
  readonly clock: Clock;
  /** Of workspaces that have set none; null for ever. */
  readonly standardDays: number | null;
};

type Known = { readonly policy: Promise<RetentionPolicy>; readonly atMs: number };

/** Within that a change on another node is known here. */
const KNOWN_FOR_MS = 5_000;
const MOST = 1_000;

export class RetentionPolicies {
  readonly #ports: PoliciesPorts;
  readonly #known = new Map<WorkspaceId, Known>();

  constructor(ports: PoliciesPorts) {
    this.#ports = ports;
  }

  get standardDays(): number | null {
    return this.#ports.standardDays;
  }

  /** @throws unavailable */
  of(workspace: WorkspaceId): Promise<RetentionPolicy> {
    const nowMs = this.#ports.clock.monotonic();
    const known = this.#known.get(workspace);
    if (known && nowMs - known.atMs < KNOWN_FOR_MS) return known.policy;
    const policy = this.#read(workspace);
    this.#known.delete(workspace);
    this.#known.set(workspace, { policy, atMs: nowMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    policy.catch(() => {
      if (this.#known.get(workspace)?.policy === policy) this.#known.delete(workspace);
    });
    return policy;
  }

  /** It was changed here. */
  forget(workspace: WorkspaceId): void {
    this.#known.delete(workspace);
  }

  async #read(workspace: WorkspaceId): Promise<RetentionPolicy> {
    const { store, standardDays } = this.#ports;
    return (await store.policy(workspace)) ?? { days: standardDays, longer: false, kept: [] };
  }
}
