// Outgoing webhooks and what waits for them in memory: the reference model of OUT1–… and the store of tests.
import type { HookId, UserId, WorkspaceId } from '@kith/protocol';
import type {
  Delivery,
  Failure,
  HookPlace,
  JobRecord,
  Lane,
  NewDelivery,
  OutgoingHookRecord,
  OutgoingHookStore,
} from '../../core/apps/outgoing-store.js';
import type { Communities } from './communities.js';

type StoredLane = { dueAt: number | null; bumps: number } & Pick<Lane, 'workspace' | 'hook' | 'lane'>;

export class MemoryOutgoingHooks implements OutgoingHookStore {
  readonly #communities: Communities;
  readonly #hooks = new Map<HookId, OutgoingHookRecord>();
  readonly #deliveries = new Map<string, Delivery>();
  readonly #lanes = new Map<string, StoredLane>();

  constructor(communities: Communities) {
    this.#communities = communities;
  }

  async addOutgoingHook(hook: OutgoingHookRecord, most: number): Promise<'added' | 'too_many' | 'no_bot'> {
    if (!this.#isInService(hook.workspace, hook.bot)) return 'no_bot';
    if (this.#of(hook.workspace).length >= most) return 'too_many';
    this.#hooks.set(hook.id, hook);
    return 'added';
  }

  async outgoingHooks(workspace: WorkspaceId): Promise<readonly OutgoingHookRecord[]> {
    return this.#of(workspace)
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .slice(0, 1_000);
  }

  async hasOutgoingHooks(): Promise<boolean> {
    return this.#hooks.size > 0;
  }

  async liveHooks(workspaces: readonly WorkspaceId[]): Promise<readonly OutgoingHookRecord[]> {
    return workspaces.flatMap((workspace) => this.#of(workspace)).filter(({ disabled }) => disabled === null);
  }

  async disableHook(
    { workspace, hook }: HookPlace,
    disabled: OutgoingHookRecord['disabled'],
    at: number,
  ): Promise<boolean> {
    const found = this.#hooks.get(hook);
    if (found?.workspace !== workspace) return false;
    this.#hooks.set(hook, { ...found, disabled });
    if (disabled === null) {
      for (const lane of this.#lanes.values())
        if (lane.hook === hook) Object.assign(lane, { dueAt: at, bumps: lane.bumps + 1 });
    }
    return true;
  }

  async removeOutgoingHook(workspace: WorkspaceId, hook: HookId): Promise<boolean> {
    if (this.#hooks.get(hook)?.workspace !== workspace) return false;
    this.#hooks.delete(hook);
    for (const [place, delivery] of this.#deliveries) if (delivery.hook === hook) this.#deliveries.delete(place);
    for (const [name, lane] of this.#lanes) if (lane.hook === hook) this.#lanes.delete(name);
    return true;
  }

  async enqueue(deliveries: readonly NewDelivery[], at: number): Promise<void> {
    const added = deliveries.filter((each) => this.#hooks.has(each.hook) && !this.#deliveries.has(placeOf(each)));
    for (const each of added) {
      const rest = {
        lane: each.conversation,
        createdAt: at,
        attempts: 0,
        deadAt: null,
        lastStatus: null,
        lastError: null,
      };
      this.#deliveries.set(placeOf(each), { ...each, ...rest });
    }
    const lanes = new Map(added.map((each) => [laneName(each.hook, each.conversation), each]));
    for (const { workspace, hook, conversation } of lanes.values())
      this.#bump({ workspace, hook, lane: conversation }, at);
  }

  async countDeliveries(workspace: WorkspaceId, hook: HookId, most: number): Promise<number> {
    const all = [...this.#deliveries.values()].filter((each) => each.workspace === workspace && each.hook === hook);
    return Math.min(all.length, most);
  }

  async claim(at: number, until: number, limit: number): Promise<readonly Lane[]> {
    const due = [...this.#lanes.values()]
      .filter(({ dueAt }) => dueAt !== null && dueAt <= at)
      .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
      .slice(0, limit);
    return due.map((lane) => {
      lane.dueAt = until;
      const { workspace, hook, bumps } = lane;
      return { workspace, hook, lane: lane.lane, bumps, until };
    });
  }

  async next(lane: Lane): Promise<{ readonly delivery: Delivery; readonly hook: OutgoingHookRecord } | null> {
    const hook = this.#of(lane.workspace).find(({ id }) => id === lane.hook);
    if (hook === undefined || hook.disabled !== null) return null;
    const [delivery] = [...this.#deliveries.values()]
      .filter((each) => each.hook === lane.hook && each.lane === lane.lane && each.deadAt === null)
      .sort((a, b) => a.epoch - b.epoch || a.seq - b.seq);
    return delivery === undefined ? null : { delivery, hook };
  }

  async finish(delivery: Delivery): Promise<void> {
    this.#deliveries.delete(placeOf(delivery));
    if (delivery.lane === delivery.id) this.#lanes.delete(laneName(delivery.hook, delivery.lane));
  }

  async fail(lane: Lane, delivery: Delivery, { at, status, error, fate, dueAt }: Failure): Promise<void> {
    const found = this.#deliveries.get(placeOf(delivery));
    if (found !== undefined) {
      const moved = fate === 'aside' ? { lane: delivery.id } : {};
      const told = { attempts: found.attempts + 1, lastStatus: status, lastError: error };
      this.#deliveries.set(placeOf(delivery), { ...found, ...told, ...moved, deadAt: fate === 'dead' ? at : null });
      if (fate === 'aside') this.#bump({ ...lane, lane: delivery.id }, dueAt);
    }
    if (fate === 'dead' && lane.lane === delivery.id) this.#lanes.delete(laneName(lane.hook, lane.lane));
    await this.release(lane, fate === 'wait' ? dueAt : at, at);
  }

  async release(lane: Lane, dueAt: number | null, at: number): Promise<void> {
    const stored = this.#lanes.get(laneName(lane.hook, lane.lane));
    if (stored?.dueAt !== lane.until) return;
    stored.dueAt = dueAt === null && stored.bumps !== lane.bumps ? at : dueAt;
  }

  async jobs(
    workspace: WorkspaceId,
    { state, limit }: { readonly state: 'dead' | 'waiting' | null; readonly limit: number },
  ): Promise<readonly JobRecord[]> {
    return [...this.#deliveries.values()]
      .filter((each) => each.workspace === workspace)
      .filter(({ deadAt }) => state === null || (deadAt === null) === (state === 'waiting'))
      .sort((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .slice(0, limit)
      .map((each) => this.#jobOf(each));
  }

  async job(workspace: WorkspaceId, id: string): Promise<JobRecord | null> {
    const found = [...this.#deliveries.values()].find((each) => each.workspace === workspace && each.id === id);
    return found === undefined ? null : this.#jobOf(found);
  }

  async revive(workspace: WorkspaceId, id: string, at: number): Promise<boolean> {
    const found = await this.job(workspace, id);
    if (found === null) return false;
    const { nextAt: _, ...delivery } = found;
    const lane = delivery.deadAt === null ? delivery.lane : id;
    const attempts = delivery.deadAt === null ? delivery.attempts : 0;
    this.#deliveries.set(placeOf(delivery), { ...delivery, lane, attempts, deadAt: null });
    this.#bump({ workspace, hook: delivery.hook, lane }, at);
    const stored = this.#lanes.get(laneName(delivery.hook, lane));
    if (stored !== undefined) stored.dueAt = at;
    return true;
  }

  async forgetDead(before: number): Promise<number> {
    const dead = [...this.#deliveries].filter(([, { deadAt }]) => deadAt !== null && deadAt < before).slice(0, 1_000);
    for (const [place] of dead) this.#deliveries.delete(place);
    return dead.length;
  }

  #bump({ workspace, hook, lane }: Pick<Lane, 'workspace' | 'hook' | 'lane'>, dueAt: number): void {
    const name = laneName(hook, lane);
    const stored = this.#lanes.get(name) ?? { workspace, hook, lane, dueAt: null, bumps: 0 };
    this.#lanes.set(name, stored);
    stored.dueAt ??= dueAt;
    stored.bumps += 1;
  }

  #jobOf(delivery: Delivery): JobRecord {
    const lane = this.#lanes.get(laneName(delivery.hook, delivery.lane));
    return { ...delivery, nextAt: delivery.deadAt === null ? (lane?.dueAt ?? null) : null };
  }

  #of(workspace: WorkspaceId): readonly OutgoingHookRecord[] {
    const all = [...this.#hooks.values()].filter((hook) => hook.workspace === workspace);
    return all.filter(({ bot }) => this.#isInService(workspace, bot));
  }

  #isInService(workspace: WorkspaceId, bot: UserId): boolean {
    const person = this.#communities.get(workspace)?.people.get(bot);
    return person?.user.kind === 'bot' && person.retiredAt === null;
  }
}

function placeOf({ hook, conversation, epoch, seq }: NewDelivery): string {
  return `${hook} ${conversation} ${epoch} ${seq}`;
}

function laneName(hook: HookId, lane: string): string {
  return `${hook} ${lane}`;
}
