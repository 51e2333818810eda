// Incoming webhooks in memory: the reference model of HOOK1–… and the store of tests.
import type { HookId, UserId, WorkspaceId } from '@kith/protocol';
import type { IncomingHookRecord, IncomingHookStore } from '../../core/apps/incoming-store.js';
import type { Communities } from './communities.js';

export class MemoryIncomingHooks implements IncomingHookStore {
  readonly #communities: Communities;
  #hooks: readonly IncomingHookRecord[] = [];

  constructor(communities: Communities) {
    this.#communities = communities;
  }

  async addIncomingHook(
    hook: Omit<IncomingHookRecord, 'lastUsedAt'>,
    most: number,
  ): Promise<'added' | 'too_many' | 'no_bot'> {
    if (!this.#isInService(hook.workspace, hook.bot)) return 'no_bot';
    if (this.#of(hook.workspace).length >= most) return 'too_many';
    this.#hooks = [{ ...hook, lastUsedAt: null }, ...this.#hooks];
    return 'added';
  }

  async incomingHook(workspace: WorkspaceId, hook: HookId): Promise<IncomingHookRecord | null> {
    return this.#of(workspace).find(({ id }) => id === hook) ?? null;
  }

  async incomingHooks(workspace: WorkspaceId): Promise<readonly IncomingHookRecord[]> {
    return this.#of(workspace)
      .toSorted((a, b) => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1))
      .slice(0, 1_000);
  }

  async useIncomingHook(workspace: WorkspaceId, hook: HookId, at: number): Promise<void> {
    this.#hooks = this.#hooks.map((each) => {
      const isMeant = each.workspace === workspace && each.id === hook;
      return isMeant ? { ...each, lastUsedAt: Math.max(at, each.lastUsedAt ?? 0) } : each;
    });
  }

  async removeIncomingHook(workspace: WorkspaceId, hook: HookId): Promise<boolean> {
    const left = this.#hooks.filter((each) => each.workspace !== workspace || each.id !== hook);
    const isRemoved = left.length < this.#hooks.length;
    this.#hooks = left;
    return isRemoved;
  }

  #of(workspace: WorkspaceId): readonly IncomingHookRecord[] {
    return this.#hooks.filter((hook) => hook.workspace === workspace && this.#isInService(workspace, hook.bot));
  }

  #isInService(workspace: WorkspaceId, bot: UserId): boolean {
    const person = this.#communities.get(workspace)?.people.get(bot);
    return person?.user.kind === 'bot' && person.retiredAt === null;
  }
}
