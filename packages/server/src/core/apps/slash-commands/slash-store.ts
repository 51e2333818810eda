// Where slash commands and what was asked by them are kept: the interface that the core needs, by memory and PostgreSQL. Its
// numbered rules SLASH1–… are in docs/contracts.md and its contract suite in the testkit runs on every adapter. An invocation
// waits until it was taken, and is held by one node at a time while it is told; what was said is emptied once it was taken.
import type { ConversationId, HookId, InvocationId, Key, UserId, WorkspaceId } from '@kith/protocol';

export type CommandRecord = {
  readonly workspace: WorkspaceId;
  readonly bot: UserId;
  /** Without the slash; once in a workspace. */
  readonly name: string;
  readonly hint: string;
  readonly description: string;
  readonly everywhere: boolean;
  readonly createdAt: number;
};

export type NewInvocation = {
  readonly workspace: WorkspaceId;
  readonly id: InvocationId;
  readonly bot: UserId;
  readonly command: string;
  readonly conversation: ConversationId;
  readonly user: UserId;
  /** The invoker's: once for each person and conversation. */
  readonly key: Key;
  readonly text: string;
  readonly at: number;
  /** Until then it may be answered, and is told. */
  readonly expiresAt: number;
  /** In the address at which it is answered. */
  readonly secret: Uint8Array;
};

export type InvocationRecord = NewInvocation & {
  /** When it was taken; null while it waits. */
  readonly takenAt: number | null;
  /** When it was given up. */
  readonly deadAt: number | null;
  /** Keys of the answers that count. */
  readonly answers: readonly Key[];
  readonly attempts: number;
  /** When it is told next, or until when somebody holds it; null where nobody is to be told. */
  readonly dueAt: number | null;
  /** The webhook that did not take it last. */
  readonly hook: HookId | null;
  readonly lastStatus: number | null;
  readonly lastError: string | null;
};

export type InvocationPlace = Pick<InvocationRecord, 'workspace' | 'id'>;

/** What became of an attempt. */
export type Attempt = {
  readonly at: number;
  /** When it is told again; `dead`: not again by itself; `over`: never. */
  readonly next: number | 'dead' | 'over';
  readonly hook: HookId | null;
  readonly status: number | null;
  /** At most 200 characters. */
  readonly error: string | null;
};

/** Every method may throw ChatError `unavailable` where the store is gone. */
export interface SlashStore {
  /** Makes it, or changes what is said of it. `taken`: the name is another bot's in service. `no_bot`: there is none in service. */
  setCommand(command: CommandRecord, most: number): Promise<'set' | 'taken' | 'too_many' | 'no_bot'>;
  removeCommand(command: Pick<CommandRecord, 'workspace' | 'bot' | 'name'>): Promise<boolean>;
  /** By name, at most 1,000; those of retired bots are left out. */
  commands(workspace: WorkspaceId): Promise<readonly CommandRecord[]>;
  /** Null where there is none, or its bot was retired. */
  command(workspace: WorkspaceId, name: string): Promise<CommandRecord | null>;
  /**
   * Adds it, due at once, unless there is one of that person, conversation and key.
   * @returns the one of that key, and whether it is new; `too_many`: so many wait for the bot already
   */
  invoke(
    invocation: NewInvocation,
    most: number,
  ): Promise<{ readonly invocation: InvocationRecord; readonly isNew: boolean } | 'too_many'>;
  /** The one of that key, or null. */
  invoked(of: Pick<NewInvocation, 'workspace' | 'conversation' | 'user' | 'key'>): Promise<InvocationRecord | null>;
  /** Null where there is none, or its bot was retired. */
  invocation(of: InvocationPlace): Promise<InvocationRecord | null>;
  /** What waits for a bot and is not over, oldest first. */
  waiting(
    of: Pick<NewInvocation, 'workspace' | 'bot'>,
    at: number,
    limit: number,
  ): Promise<readonly InvocationRecord[]>;
  /** Nobody is told of it any more; what was taken stays so. */
  take(of: InvocationPlace, at: number): Promise<void>;
  /** Counts an answer before `expiresAt`, and takes. `known`: one of that key was counted. */
  answer(
    of: InvocationPlace,
    answer: { readonly key: Key; readonly at: number; readonly most: number },
  ): Promise<{ readonly result: 'counted' | 'known' | 'too_many' | 'over'; readonly left: number }>;
  /** Those that are due, each held until `until` by one of many that ask at once; those that are due for longest first. */
  claim(at: number, until: number, limit: number): Promise<readonly InvocationRecord[]>;
  /** Notes what became of an attempt, where it still is as it was claimed. What is over is emptied. */
  attempted(invocation: InvocationRecord, attempt: Attempt): Promise<void>;
  /** Of those that a webhook did not take, newest first. */
  stuck(
    workspace: WorkspaceId,
    query: { readonly state: 'dead' | 'waiting' | null; readonly limit: number },
  ): Promise<readonly InvocationRecord[]>;
  /** It is told now, until `expiresAt`, from its first attempt on. False where none of that id is stuck. */
  revive(of: InvocationPlace, at: number, expiresAt: number): Promise<boolean>;
  /** Forgets those of before, at most 1,000. */
  forget(before: number): Promise<number>;
}
