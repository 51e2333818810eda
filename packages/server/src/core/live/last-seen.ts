// When people went. What comes within a second is written together: where a proxy restarts, thousands go at once, and a
// transaction for each of them would cost more than all else about it.
import type { UserId, WorkspaceId } from '@kith/protocol';
import type { Cancel, Clock } from '../clock.js';
import type { People, Seen } from '../directory.js';
import { reportFailure, type Telemetry } from '../telemetry.js';

export type LastSeenPorts = {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly directory: Pick<People, 'seen' | 'lastSeen'>;
};

const GATHER_MS = 1_000;
/** Of one statement. */
const MOST = 1_000;

export class LastSeen {
  readonly #ports: LastSeenPorts;
  /** What the store may not know yet. */
  readonly #went = new Map<WorkspaceId, Map<UserId, number>>();
  #gathering: Cancel | null = null;
  #writing: Promise<void> | null = null;

  constructor(ports: LastSeenPorts) {
    this.#ports = ports;
  }

  went(workspace: WorkspaceId, { user, at }: Seen): void {
    const people = this.#went.get(workspace) ?? new Map<UserId, number>();
    this.#went.set(workspace, people.set(user, at));
    this.#gathering ??= this.#ports.clock.after(GATHER_MS, () => {
      this.#gathering = null;
      this.#write();
    });
  }

  /** Of those who were ever seen. @throws what the store throws */
  async read(workspace: WorkspaceId, users: readonly UserId[]): Promise<ReadonlyMap<UserId, number>> {
    // What is being written may leave here before the store answers with it: it is looked at first.
    const later = new Map(users.map((user) => [user, this.#went.get(workspace)?.get(user) ?? 0]));
    const seen = new Map((await this.#ports.directory.lastSeen(workspace, users)).map(({ user, at }) => [user, at]));
    for (const [user, at] of later) if (at > (seen.get(user) ?? 0)) seen.set(user, at);
    return seen;
  }

  /** Resolves when everything was written, or could not be. */
  async stop(): Promise<void> {
    this.#gathering?.();
    this.#write();
    await this.#writing;
  }

  #write(): void {
    if (this.#went.size > 0) this.#writing ??= this.#writeAll();
  }

  /** One statement after the other, until there is nothing left; who goes meanwhile is written with the rest. Never rejects. */
  async #writeAll(): Promise<void> {
    for (const [workspace, people] of this.#went) {
      while (people.size > 0) {
        const some = [...people].slice(0, MOST).map(([user, at]) => ({ user, at }));
        await this.#writeSome(workspace, some);
      }
    }
    this.#writing = null;
  }

  async #writeSome(workspace: WorkspaceId, some: readonly Seen[]): Promise<void> {
    try {
      await this.#ports.directory.seen(workspace, some);
    } catch (error) {
      reportFailure(this.#ports.telemetry, 'last seen was not written', error);
    }
    const people = this.#went.get(workspace);
    for (const { user, at } of some) if (people?.get(user) === at) people.delete(user);
    if (people?.size === 0) this.#went.delete(workspace);
  }
}
