// Retention in memory: policies by workspace, and logs that begin further up. Keeps the rules RET1–… of docs/contracts.md.
// The entries stay where they are, emptied, so that numbers, keys and membership follow from them as before.
import type { WorkspaceId } from '@kith/protocol';
import type { NewAuditRecord } from '../../core/audit/audit-store.js';
import { isSpeech } from '../../core/retention/policy.js';
import type {
  AgedConversation,
  AgedPage,
  AgedQuery,
  RetentionPolicy,
  RetentionStore,
  Trim,
} from '../../core/retention/retention-store.js';
import { eraseWhere, PARTS } from './amendments.js';
import type { MemoryStore } from './store.js';

export class MemoryRetention implements RetentionStore {
  readonly #store: MemoryStore;
  readonly #delay: () => Promise<void>;

  /** @param delay awaited before and after each trim, as those of the log */
  constructor(store: MemoryStore, delay: () => Promise<void> = () => Promise.resolve()) {
    this.#store = store;
    this.#delay = delay;
  }

  policy(workspace: WorkspaceId): Promise<RetentionPolicy | null> {
    return Promise.resolve(this.#store.policies.get(workspace) ?? null);
  }

  async setPolicy(workspace: WorkspaceId, policy: RetentionPolicy, audit?: NewAuditRecord): Promise<void> {
    this.#store.policies.set(workspace, policy);
    if (audit !== undefined) await this.#store.audit.append(audit);
  }

  aged({ after, limit }: AgedQuery): Promise<AgedPage> {
    const all = [...this.#store.conversations.values()]
      .filter(({ id }) => after === null || id > after)
      .sort((one, other) => (one.id < other.id ? -1 : 1));
    const page = all.slice(0, limit);
    const conversations = page.flatMap(({ id, workspace, state, first, since, entries }): AgedConversation[] => {
      if (state.kind === 'self') return [];
      const retentionDays = state.settings.retentionDays ?? null;
      const place = { workspace, conversation: id, epoch: state.epoch, first, retentionDays };
      return [{ ...place, since: since ?? entries[0]?.entry.at ?? 0 }];
    });
    return Promise.resolve({ conversations, next: all.length > limit ? (page.at(-1)?.id ?? null) : null });
  }

  async trim({ conversation, epoch, first, to, since }: Trim): Promise<boolean> {
    await this.#delay();
    const found = this.#store.conversations.get(conversation);
    const isAsSeen = found?.first === first && found.state.epoch === epoch;
    if (isAsSeen) {
      found.since = since;
      if (to > first) {
        const isBelow = (seq: unknown) => typeof seq === 'number' && seq >= first && seq < to;
        eraseWhere(found, (entry) => {
          const isPart = PARTS.has(entry.kind) && isBelow(entry.body.target);
          return isPart || (isBelow(entry.seq) && isSpeech(entry));
        });
        found.first = to;
        found.trimmed = this.#store.nextChange();
      }
    }
    await this.#delay();
    return isAsSeen;
  }
}
