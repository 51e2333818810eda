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

type Known = { readonly policy: Promise<RetentionPolicy>; value: RetentionPolicy | null; readonly atMs: number };

/** It is read again when it is wanted after that. */
const KNOWN_FOR_MS = 5_000;
/** Within that a change on another node is known here: nothing older is gone by. */
const OLDEST_MS = 10_000;
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
    const before = this.#known.get(workspace);
    if (before && nowMs - before.atMs < KNOWN_FOR_MS) return before.policy;
    const policy = this.#read(workspace);
    const known: Known = { policy, value: null, atMs: nowMs };
    this.#known.delete(workspace);
    this.#known.set(workspace, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
    policy.then(
      (value) => {
        known.value = value;
      },
      () => {
        if (this.#known.get(workspace) === known) this.#known.delete(workspace);
      },
    );
    return policy;
  }

  /** What is known without waiting for it, or null. One that is to be read again soon is read meanwhile. */
  known(workspace: WorkspaceId): RetentionPolicy | null {
    const found = this.#known.get(workspace);
    if (!found?.value) return null;
    const ageMs = this.#ports.clock.monotonic() - found.atMs;
    if (ageMs >= OLDEST_MS) return null;
    if (ageMs >= KNOWN_FOR_MS) this.#renew(workspace, found.value);
    return found.value;
  }

  /** It was changed here. */
  forget(workspace: WorkspaceId): void {
    this.#known.delete(workspace);
  }

  /** What was known holds until the new one is here. */
  #renew(workspace: WorkspaceId, value: RetentionPolicy): void {
    // A failure is told to whoever waits for it next.
    this.of(workspace).catch(() => {});
    const renewed = this.#known.get(workspace);
    if (renewed) renewed.value ??= value;
  }

  async #read(workspace: WorkspaceId): Promise<RetentionPolicy> {
    const { store, standardDays } = this.#ports;
    return (await store.policy(workspace)) ?? { days: standardDays, longer: false, kept: [] };
  }
}
