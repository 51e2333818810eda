// How workspaces look: their people read it, those who care for one set it, and whoever is connected is told. On the node where it
// is set that is at once; every node asks the store every few seconds for the workspaces of its streams, and tells what changed
// elsewhere. Rules LK1 to LK3 of docs/protocol/v1.md.
import { ACCENTS, type Look, type WorkspaceId } from '@kith/protocol';
import { requireInWorkspace } from '../access.js';
import { requireAccount } from '../accounts/profiles.js';
import type { NewAuditRecord } from '../audit/audit-store.js';
import type { Cancel, Clock } from '../clock.js';
import type { People } from '../directory.js';
import { outgoing, type Sink } from '../live/sink.js';
import type { Principal } from '../principal.js';
import type { Telemetry } from '../telemetry.js';
import type { LookStore } from './look-store.js';

/** Somebody with streams here. */
type Told = { readonly workspace: WorkspaceId; readonly streams: readonly Pick<Sink, 'signal'>[] };

export type LooksPorts = {
  readonly store: LookStore;
  readonly directory: Pick<People, 'account'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Everybody with streams on this node. */
  readonly routes: () => Iterable<Told>;
};

const ASK_MS = 5_000;
/** Workspaces that are asked for at once, and read by somebody between two of these. */
const MOST = 1_000;
const UNSET: Look = { accent: ACCENTS[0] };

export class WorkspaceLooks {
  readonly #ports: LooksPorts;
  /** What the streams of this node were told, or read; of workspaces without streams it is forgotten. */
  readonly #known = new Map<WorkspaceId, Look>();
  /** How often one was set here: what was asked for meanwhile may be older. */
  #sets = 0;
  #timer: Cancel | null = null;
  #asking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(ports: LooksPorts) {
    this.#ports = ports;
  }

  async read(principal: Principal): Promise<Look> {
    const { store, directory } = this.#ports;
    const { workspace } = principal;
    await requireAccount(directory, principal);
    const sets = this.#sets;
    const look = (await store.looks([workspace])).get(workspace) ?? UNSET;
    if (sets === this.#sets && !this.#known.has(workspace) && this.#known.size < MOST) this.#known.set(workspace, look);
    return look;
  }

  /** @throws forbidden */
  async set(principal: Principal, { accent }: Look, audit?: NewAuditRecord): Promise<Look> {
    const { store, directory } = this.#ports;
    const { workspace } = principal;
    requireInWorkspace(await requireAccount(directory, principal), 'workspace.look');
    const look: Look = { accent };
    await store.setLook(workspace, look, audit);
    this.#sets += 1;
    this.#changed(new Map([[workspace, look]]));
    return look;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(ASK_MS, () => {
      this.#asking = this.#ask().finally(() => this.start());
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#asking;
  }

  async #ask(): Promise<void> {
    const { store, telemetry, routes } = this.#ports;
    const there = new Set<WorkspaceId>();
    for (const { workspace } of routes()) there.add(workspace);
    for (const workspace of this.#known.keys()) if (!there.has(workspace)) this.#known.delete(workspace);
    const workspaces = [...there];
    const sets = this.#sets;
    const changed = new Map<WorkspaceId, Look>();
    try {
      for (let at = 0; at < workspaces.length; at += MOST) {
        const some = workspaces.slice(at, at + MOST);
        const found = await store.looks(some);
        for (const workspace of some) {
          const [look, before] = [found.get(workspace) ?? UNSET, this.#known.get(workspace)];
          if (before === undefined) this.#known.set(workspace, look);
          else if (look.accent !== before.accent) changed.set(workspace, look);
        }
      }
    } catch (error) {
      // The store is gone: the next time says it.
      telemetry.warn('how workspaces look was not read', { reason: String(error) });
      return;
    }
    // Of what was set here meanwhile the next time says how it is.
    if (sets === this.#sets && changed.size > 0) this.#changed(changed);
  }

  #changed(looks: ReadonlyMap<WorkspaceId, Look>): void {
    for (const [workspace, look] of looks) this.#known.set(workspace, look);
    const frames = new Map(
      [...looks].map(([workspace, { accent }]) => [workspace, outgoing({ type: 'signal', name: 'look', accent })]),
    );
    for (const { workspace, streams } of this.#ports.routes()) {
      const frame = frames.get(workspace);
      if (frame) for (const stream of streams) stream.signal(frame);
    }
  }
}
