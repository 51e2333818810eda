// Finds what outgoing webhooks have to be told of: a consumer of the log that puts one delivery into the queue for each entry
// that a subscribed bot may read. Doing it twice is harmless: the same entry and webhook are the same delivery.
import { ChatError, type Entry, type UserId } from '@kith/protocol';
import { type Membership, requireReader } from '../access.js';
import type { Secrets } from '../accounts/secrets.js';
import type { Clock } from '../clock.js';
import type { Taker } from '../consumers/consumer.js';
import type { ConversationLog, ConversationRecord, LogPage } from '../log.js';
import { asReadBy } from '../readers.js';
import type { Telemetry } from '../telemetry.js';
import type { NewDelivery, OutgoingHookRecord, OutgoingHookStore } from './outgoing-store.js';

/** Most deliveries of a webhook that wait, or were given up: then it is disabled, and what waits stays. */
const MOST_WAITING = 10_000;
const BATCH = 1_000;
/** Clocks of nodes may differ by that much: an entry that is this much older than a webhook may be newer. */
const SKEW_MS = 5_000;

export type HookTakerPorts = {
  readonly hooks: OutgoingHookStore;
  readonly log: Pick<ConversationLog, 'seqAt' | 'readerStandings'>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Something waits now. */
  readonly onQueued: () => void;
};

export class HookTaker implements Taker {
  readonly name = 'hooks';
  readonly #ports: HookTakerPorts;

  constructor(ports: HookTakerPorts) {
    this.#ports = ports;
  }

  async take(pages: readonly LogPage[]): Promise<void> {
    const { hooks, clock, telemetry, onQueued } = this.#ports;
    const shared = pages.filter(({ record, entries }) => record.state.kind !== 'self' && entries.length > 0);
    const workspaces = [...new Set(shared.map(({ record }) => record.workspace))];
    if (workspaces.length === 0) return;
    const live = await hooks.liveHooks(workspaces);
    const deliveries: NewDelivery[] = [];
    for (const hook of live) {
      const own = shared.filter(({ record }) => record.workspace === hook.workspace);
      const read = await asReadBy(this.#ports.log, hook.bot, own);
      deliveries.push(...read.flatMap((page) => this.#deliveriesOf(hook, page)));
    }
    for (let start = 0; start < deliveries.length; start += BATCH) {
      await hooks.enqueue(deliveries.slice(start, start + BATCH), clock.now());
    }
    if (deliveries.length === 0) return;
    telemetry.count('kith_hooks_queued_total', deliveries.length);
    for (const hook of live) if (deliveries.some((delivery) => delivery.hook === hook.id)) await this.#bound(hook);
    onQueued();
  }

  /** A disabled one counts: what comes meanwhile is nothing to it, and is so when it is put back. */
  isWanted(): Promise<boolean> {
    return this.#ports.hooks.hasOutgoingHooks();
  }

  /** What was queued before a restore is found to be gone where it is delivered. */
  async restart(): Promise<void> {}

  /** Nothing that was before the first webhook of its workspace is wanted. */
  async beginAfter({ id, workspace, state }: ConversationRecord): Promise<number> {
    const live = await this.#ports.hooks.liveHooks([workspace]);
    if (live.length === 0) return state.head;
    const oldest = Math.min(...live.map(({ createdAt }) => createdAt));
    return (await this.#ports.log.seqAt(id, oldest - SKEW_MS)) - 1;
  }

  #deliveriesOf(hook: OutgoingHookRecord, { record, entries }: LogPage): readonly NewDelivery[] {
    const { workspace, id, bot, events, createdAt } = hook;
    const membership = membershipOf(record, { workspace, user: bot });
    if (membership === null) return [];
    const { epoch } = record.state;
    const isWanted = (entry: Entry) =>
      events.includes(entry.kind) &&
      entry.author !== bot &&
      entry.at >= createdAt - SKEW_MS &&
      isReadable(membership, entry.seq);
    return entries.filter(isWanted).map(({ seq, kind: event }) => ({
      ...{ workspace, hook: id, conversation: record.id, epoch, seq, event },
      id: this.#idOf(`${id} ${record.id} ${epoch} ${seq}`),
    }));
  }

  #idOf(name: string): string {
    const hex = this.#ports.secrets.digest(name);
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
  }

  async #bound({ workspace, id }: OutgoingHookRecord): Promise<void> {
    const { hooks, clock, telemetry } = this.#ports;
    if ((await hooks.countDeliveries(workspace, id, MOST_WAITING)) < MOST_WAITING) return;
    const at = clock.now();
    await hooks.disableHook({ workspace, hook: id }, { at, why: `more than ${MOST_WAITING} deliveries wait` }, at);
    telemetry.warn('a webhook was disabled: too much waits for it', { hook: id });
  }
}

/** What the bot may read of the conversation, by the one gate; null for nothing. */
export function membershipOf(
  record: ConversationRecord | null,
  bot: { readonly workspace: ConversationRecord['workspace']; readonly user: UserId },
): Membership | null {
  try {
    return requireReader(record, bot);
  } catch (error) {
    if (error instanceof ChatError && error.code === 'not_found') return null;
    throw error;
  }
}

export function isReadable({ first, last }: Membership, seq: number): boolean {
  return seq >= first && (last === null || seq <= last);
}
