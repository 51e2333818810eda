// Outgoing webhooks and what waits for them in PostgreSQL.
import { type ConversationId, type HookId, toId, type WorkspaceId } from '@kith/protocol';
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
import { OUTGOING_HOOK_SQL, type OutgoingHookStatement } from './outgoing-hooks-sql.js';
import type { Database, Queryable } from './pool.js';
import { storeError } from './store-error.js';

type HookRow = {
  readonly workspace: string;
  readonly id: string;
  readonly bot: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly secret: Uint8Array;
  readonly created_at: number;
  readonly disabled_at: number | null;
  readonly disabled_why: string | null;
};
type DeliveryRow = {
  readonly workspace: string;
  readonly hook: string;
  readonly conversation: string;
  readonly epoch: number;
  readonly seq: number;
  readonly delivery: string;
  readonly lane: string;
  readonly event: string;
  readonly queued_at: number;
  readonly attempts: number;
  readonly dead_at: number | null;
  readonly last_status: number | null;
  readonly last_error: string | null;
};
type JobRow = DeliveryRow & { readonly due_at: number | null };
type LaneRow = { readonly workspace: string; readonly hook: string; readonly lane: string; readonly bumps: number };

export class PostgresOutgoingHooks implements OutgoingHookStore {
  readonly #database: Pick<Database, 'query' | 'transaction'>;

  constructor(database: Pick<Database, 'query' | 'transaction'>) {
    this.#database = database;
  }

  async addOutgoingHook(hook: OutgoingHookRecord, most: number): Promise<'added' | 'too_many' | 'no_bot'> {
    const { workspace, id, bot, name, url, events, secret, createdAt } = hook;
    const values = [workspace, id, bot, name, url, events, Buffer.from(secret), createdAt, most];
    const [, added] = await this.#together((query) => [
      query('lockWorkspace', [workspace]),
      query('addOutgoingHook', values),
    ]);
    if (added !== undefined && added.length > 0) return 'added';
    return (await this.#query('botInService', [workspace, bot])).length > 0 ? 'too_many' : 'no_bot';
  }

  async outgoingHooks(workspace: WorkspaceId): Promise<readonly OutgoingHookRecord[]> {
    return (await this.#query<HookRow>('outgoingHooks', [workspace])).map(parseHook);
  }

  async hasOutgoingHooks(): Promise<boolean> {
    return (await this.#query('anyOutgoingHook', [])).length > 0;
  }

  async liveHooks(workspaces: readonly WorkspaceId[]): Promise<readonly OutgoingHookRecord[]> {
    return (await this.#query<HookRow>('liveHooks', [workspaces])).map(parseHook);
  }

  async disableHook(
    { workspace, hook }: HookPlace,
    disabled: OutgoingHookRecord['disabled'],
    at: number,
  ): Promise<boolean> {
    const values = [workspace, hook, disabled?.at ?? null, disabled?.why ?? null, at];
    return (await this.#query('disableHook', values)).length > 0;
  }

  async removeOutgoingHook(workspace: WorkspaceId, hook: HookId): Promise<boolean> {
    return (await this.#query('removeOutgoingHook', [workspace, hook])).length > 0;
  }

  async enqueue(deliveries: readonly NewDelivery[], at: number): Promise<void> {
    if (deliveries.length === 0) return;
    const column = (name: keyof NewDelivery) => deliveries.map((delivery) => delivery[name]);
    await this.#query('enqueue', [
      ...[column('workspace'), column('hook'), column('conversation'), column('epoch'), column('seq')],
      ...[column('id'), column('event'), at],
    ]);
  }

  async countDeliveries(workspace: WorkspaceId, hook: HookId, most: number): Promise<number> {
    const [row] = await this.#query<{ deliveries: number }>('countDeliveries', [workspace, hook, most]);
    return row?.deliveries ?? 0;
  }

  async claim(at: number, until: number, limit: number): Promise<readonly Lane[]> {
    const rows = await this.#query<LaneRow>('claim', [at, until, limit]);
    return rows.map(({ workspace, hook, lane, bumps }) => {
      return { workspace: toId<WorkspaceId>(workspace), hook: toId<HookId>(hook), lane, bumps, until };
    });
  }

  async next({
    workspace,
    hook,
    lane,
  }: Lane): Promise<{ readonly delivery: Delivery; readonly hook: OutgoingHookRecord } | null> {
    const [row] = await this.#query<HookRow & DeliveryRow>('next', [workspace, hook, lane]);
    return row === undefined ? null : { delivery: parseDelivery(row), hook: parseHook(row) };
  }

  async finish({ workspace, id, hook }: Delivery): Promise<void> {
    await this.#query('finish', [workspace, id, hook]);
  }

  async fail(lane: Lane, { workspace, id }: Delivery, { at, status, error, fate, dueAt }: Failure): Promise<void> {
    const noted = [workspace, id, status, error, fate === 'dead' ? at : null, fate === 'aside' ? id : lane.lane];
    const released = releaseValues(lane, fate === 'wait' ? dueAt : at, at);
    await this.#together((query) => [
      query('noteFailure', noted),
      ...(fate === 'aside' ? [query('addLane', [workspace, id, dueAt])] : []),
      fate === 'dead' && lane.lane === id ? query('dropLane', [workspace, lane.hook, id]) : query('release', released),
    ]);
  }

  async release(lane: Lane, dueAt: number | null, at: number): Promise<void> {
    await this.#query('release', releaseValues(lane, dueAt, at));
  }

  async jobs(
    workspace: WorkspaceId,
    { state, limit }: { readonly state: 'dead' | 'waiting' | null; readonly limit: number },
  ): Promise<readonly JobRecord[]> {
    return (await this.#query<JobRow>('jobs', [workspace, state, limit])).map(parseJob);
  }

  async job(workspace: WorkspaceId, id: string): Promise<JobRecord | null> {
    const [row] = await this.#query<JobRow>('job', [workspace, id]);
    return row === undefined ? null : parseJob(row);
  }

  async revive(workspace: WorkspaceId, id: string, at: number): Promise<boolean> {
    const [revived] = await this.#together((query) => [
      query('revive', [workspace, id]),
      query('addLane', [workspace, id, at]),
    ]);
    return revived !== undefined && revived.length > 0;
  }

  async forgetDead(before: number): Promise<number> {
    return (await this.#query('forgetDead', [before])).length;
  }

  async #query<Row extends object>(
    statement: OutgoingHookStatement,
    values: readonly unknown[],
  ): Promise<readonly Row[]> {
    try {
      return await this.#database.query<Row>(named(statement), values);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** Several statements in one transaction, in their order. */
  async #together(
    work: (
      query: (statement: OutgoingHookStatement, values: readonly unknown[]) => Promise<readonly object[]>,
    ) => readonly Promise<readonly object[]>[],
  ): Promise<readonly (readonly object[])[]> {
    try {
      return await this.#database.transaction((transaction: Queryable) =>
        Promise.all(work((statement, values) => transaction.query(named(statement), values))),
      );
    } catch (error) {
      throw storeError(error);
    }
  }
}

function named(statement: OutgoingHookStatement) {
  return { name: `outgoingHooks.${statement}`, text: OUTGOING_HOOK_SQL[statement] };
}

function releaseValues(
  { workspace, hook, lane, until, bumps }: Lane,
  dueAt: number | null,
  at: number,
): readonly unknown[] {
  return [workspace, hook, lane, until, dueAt, bumps, at];
}

function parseHook(row: HookRow): OutgoingHookRecord {
  const { name, url, events, secret, created_at: createdAt, disabled_at: at, disabled_why: why } = row;
  const ids = { workspace: toId<WorkspaceId>(row.workspace), id: toId<HookId>(row.id) };
  const disabled = at === null ? null : { at, why: why ?? '' };
  return { ...ids, bot: toId(row.bot), name, url, events, secret, createdAt, disabled };
}

function parseDelivery(row: DeliveryRow): Delivery {
  return {
    workspace: toId(row.workspace),
    hook: toId(row.hook),
    conversation: toId<ConversationId>(row.conversation),
    epoch: row.epoch,
    seq: row.seq,
    id: row.delivery,
    lane: row.lane,
    event: row.event,
    createdAt: row.queued_at,
    attempts: row.attempts,
    deadAt: row.dead_at,
    lastStatus: row.last_status,
    lastError: row.last_error,
  };
}

function parseJob(row: JobRow): JobRecord {
  const delivery = parseDelivery(row);
  return { ...delivery, nextAt: delivery.deadAt === null ? row.due_at : null };
}
