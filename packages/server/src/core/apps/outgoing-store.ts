// Where outgoing webhooks and what waits to be delivered are kept: the interface that the core needs, by memory and PostgreSQL.
// Its numbered rules OUT1–… are in docs/contracts.md and its contract suite in the testkit runs on every adapter.
// Deliveries wait in lanes: one for each webhook and conversation, in the order of the log, and one of its own for each delivery
// that was set aside. A lane is worked on by one node at a time, which holds it until a time: after a crash it is free then.
import type { ConversationId, HookId, UserId, WorkspaceId } from '@kith/protocol';

export type OutgoingHookRecord = {
  readonly workspace: WorkspaceId;
  readonly id: HookId;
  /** What it may read is delivered. */
  readonly bot: UserId;
  readonly name: string;
  readonly url: string;
  /** Kinds of entries. */
  readonly events: readonly string[];
  readonly secret: Uint8Array;
  readonly createdAt: number;
  /** Null while it is delivered to. */
  readonly disabled: { readonly at: number; readonly why: string } | null;
};

export type HookPlace = { readonly workspace: WorkspaceId; readonly hook: HookId };

export type NewDelivery = {
  readonly workspace: WorkspaceId;
  readonly hook: HookId;
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly seq: number;
  /** The same for the same entry and webhook, whoever makes it. */
  readonly id: string;
  readonly event: string;
};

export type Delivery = NewDelivery & {
  /** The conversation, or the id of the delivery once it was set aside. */
  readonly lane: string;
  readonly createdAt: number;
  readonly attempts: number;
  readonly deadAt: number | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
};

export type Lane = {
  readonly workspace: WorkspaceId;
  readonly hook: HookId;
  readonly lane: string;
  readonly bumps: number;
  /** Until when it is held. */
  readonly until: number;
};

export type Failure = {
  readonly at: number;
  readonly status: number | null;
  /** At most 200 characters. */
  readonly error: string;
  /** `wait`: again in its place. `aside`: in a lane of its own, and those behind it go on. `dead`: not again by itself. */
  readonly fate: 'wait' | 'aside' | 'dead';
  /** When it is tried again, where it is. */
  readonly dueAt: number;
};

export type JobRecord = Delivery & { readonly nextAt: number | null };

export interface OutgoingHookStore {
  /** `no_bot`: there is none in service of that id. */
  addOutgoingHook(hook: OutgoingHookRecord, most: number): Promise<'added' | 'too_many' | 'no_bot'>;
  /** Newest first, at most 1,000; those of retired bots are left out. */
  outgoingHooks(workspace: WorkspaceId): Promise<readonly OutgoingHookRecord[]>;
  /** Whether there is any, of whatever workspace, disabled or not. */
  hasOutgoingHooks(): Promise<boolean>;
  /** Of several workspaces, those that are delivered to. */
  liveHooks(workspaces: readonly WorkspaceId[]): Promise<readonly OutgoingHookRecord[]>;
  /** Null delivers again, what waits included. False where there is none. */
  disableHook(of: HookPlace, disabled: OutgoingHookRecord['disabled'], at: number): Promise<boolean>;
  /** With all that waits. True where it was there. */
  removeOutgoingHook(workspace: WorkspaceId, hook: HookId): Promise<boolean>;
  /** Adds deliveries, those that are there already left alone; at most 1,000. */
  enqueue(deliveries: readonly NewDelivery[], at: number): Promise<void>;
  /** How many deliveries a webhook has, dead ones too, counted up to `most`. */
  countDeliveries(workspace: WorkspaceId, hook: HookId, most: number): Promise<number>;
  /** Lanes that are due, each held until `until` by one of many that ask at once. */
  claim(at: number, until: number, limit: number): Promise<readonly Lane[]>;
  /** The first of a lane, with its webhook; null where nothing waits, or it is not delivered to. */
  next(lane: Lane): Promise<{ readonly delivery: Delivery; readonly hook: OutgoingHookRecord } | null>;
  /** It is done with. */
  finish(delivery: Delivery): Promise<void>;
  /** Notes what became of it, and lets go of its lane. */
  fail(lane: Lane, delivery: Delivery, failure: Failure): Promise<void>;
  /** Lets go of a lane until `dueAt`; null where nothing waits, which becomes now where something came meanwhile. */
  release(lane: Lane, dueAt: number | null, at: number): Promise<void>;
  /** Newest first. */
  jobs(
    workspace: WorkspaceId,
    query: { readonly state: 'dead' | 'waiting' | null; readonly limit: number },
  ): Promise<readonly JobRecord[]>;
  job(workspace: WorkspaceId, id: string): Promise<JobRecord | null>;
  /** It is tried now, a dead one from its first attempt on. False where there is none. */
  revive(workspace: WorkspaceId, id: string, at: number): Promise<boolean>;
  /** Forgets those that died before then, at most 1,000. */
  forgetDead(before: number): Promise<number>;
}
