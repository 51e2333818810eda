// Delivers what waits for outgoing webhooks: lane by lane, each lane in the order of the log, several lanes at once. What fails
// waits longer each time; what has failed a few times is set aside, so that it holds nothing up, and is given up after a day.
// A lane is held for a time, so a node that dies gives back what it had. Rules A13 to A16 of docs/protocol/v1.md.
import type { User } from '@kith/protocol';
import type { Cancel, Clock, Random } from '../clock.js';
import { asSeenFrom } from '../hidden.js';
import type { ConversationLog } from '../log.js';
import { namedInEntries, type Profiles, readUsers } from '../people.js';
import { asReadBy } from '../readers.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import { isReadable, membershipOf } from './hook-taker.js';
import type { Outbound, Outcome } from './outbound.js';
import type { Delivery, Lane, OutgoingHookRecord, OutgoingHookStore } from './outgoing-store.js';

/** How often a node looks for what is due, beside being told. */
const EVERY_MS = 1_000;
/** Longer than a request may take, and than a lane is worked on in one go. */
const HOLD_MS = 30_000;
const WORK_MS = 10_000;
/** Lanes that a node works on at once, and of one webhook. */
const MOST_AT_ONCE = 64;
const MOST_OF_A_HOOK = 8;
/** A lane that has to let others go first. */
const BACK_MS = 250;
/** 5 s, then three times as long each time, up to 4 hours, each drawn from 80 to 120 %: about a day for all of them. */
const FIRST_MS = 5_000;
const LONGEST_MS = 4 * 3_600_000;
const MOST_ATTEMPTS = 14;
/** Attempts in its place; then those behind it go on, after about three minutes. */
const IN_PLACE = 5;
const KEEP_DEAD_MS = 30 * 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
const GONE = 410;

export type HookDelivererPorts = {
  readonly hooks: OutgoingHookStore;
  readonly log: Pick<ConversationLog, 'read' | 'readerStandings'>;
  readonly profiles: Profiles;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** A time as RFC 3339 writes it, UTC. */
  readonly toIso: (at: number) => string;
};

export class HookDeliverer {
  readonly #ports: HookDelivererPorts;
  readonly #working = new Map<Lane, Promise<void>>();
  #timer: Cancel | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = true;
  #sweptAtMs = 0;

  constructor(ports: HookDelivererPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#isStopped = false;
    this.#schedule(0);
  }

  /** Something waits: it is looked at soon, and not only when the clock says so. */
  poke(): void {
    if (this.#isStopped || this.#looking !== null) return;
    this.#timer?.();
    this.#schedule(0);
  }

  /** What is under way is waited for; what waits is taken up by another node, or the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#looking;
    await Promise.all(this.#working.values());
  }

  /** Takes up what is due, as much as may be worked on at once. @throws what the store throws */
  async look(): Promise<void> {
    const { hooks, clock } = this.#ports;
    const now = clock.now();
    await this.#sweep(now);
    const room = MOST_AT_ONCE - this.#working.size;
    if (room <= 0) return;
    for (const lane of await hooks.claim(now, now + HOLD_MS, room)) {
      const ofHook = [...this.#working.keys()].filter(({ hook }) => hook === lane.hook).length;
      if (ofHook >= MOST_OF_A_HOOK) await hooks.release(lane, now + BACK_MS, now);
      else this.#begin(lane);
    }
  }

  /** Waits for all that is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#working.values());
  }

  #begin(lane: Lane): void {
    const work = this.#work(lane)
      .catch((error: unknown) =>
        reportFailure(this.#ports.telemetry, 'a delivery waits until its lane is free again', error),
      )
      .finally(() => {
        this.#working.delete(lane);
        this.poke();
      });
    this.#working.set(lane, work);
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(delayMs, () => {
      this.#looking = this.look()
        .catch((error: unknown) => reportFailure(this.#ports.telemetry, 'deliveries were not looked for', error))
        .finally(() => {
          this.#looking = null;
          this.#schedule(EVERY_MS);
        });
    });
  }

  async #work(lane: Lane): Promise<void> {
    const { hooks, clock } = this.#ports;
    const endMs = clock.monotonic() + WORK_MS;
    for (;;) {
      const found = await hooks.next(lane);
      if (found === null) return await hooks.release(lane, null, clock.now());
      const outcome = await this.#deliver(found.hook, found.delivery);
      if (!isTaken(outcome)) return await this.#failed(lane, found, outcome);
      await hooks.finish(found.delivery);
      if (this.#isStopped || clock.monotonic() > endMs) return await hooks.release(lane, clock.now(), clock.now());
    }
  }

  /** Null for what there is nothing to say of any more. */
  async #deliver(hook: OutgoingHookRecord, delivery: Delivery): Promise<Outcome | null> {
    const body = await this.#bodyOf(hook, delivery);
    if (body === null) return null;
    const { telemetry, outbound } = this.#ports;
    const outcome = await outbound.send({ url: hook.url, secret: hook.secret, id: delivery.id, body });
    telemetry.count(isTaken(outcome) ? 'kith_hooks_delivered_total' : 'kith_hooks_failed_total', 1);
    return outcome;
  }

  /** The entry as the log has it now and as the bot may read it now; null where it may not, or it is gone. */
  async #bodyOf({ bot }: OutgoingHookRecord, delivery: Delivery): Promise<string | null> {
    const { log, profiles, toIso } = this.#ports;
    const { workspace, conversation, epoch, seq, event: type } = delivery;
    const found = await log.read({ conversation, after: seq - 1, upTo: seq, limit: 1, from: 'lower' });
    const [page] = found === null ? [] : await asReadBy(log, bot, [found]);
    const membership = membershipOf(page?.record ?? null, { workspace, user: bot });
    const [stored] = page?.entries ?? [];
    if (!stored || membership === null || stored.epoch !== epoch || !isReadable(membership, seq)) return null;
    const entry = asSeenFrom(membership.first, stored);
    if (entry.kind !== type) return null;
    const users: { readonly [id: string]: User } = await readUsers(profiles, workspace, namedInEntries([entry]));
    const { kind, name } = membership.record.state;
    const data = { workspace, bot, conversation: { id: conversation, kind, name }, entry, users };
    return JSON.stringify({ type, timestamp: toIso(entry.at), data });
  }

  async #failed(
    lane: Lane,
    { delivery, hook }: { readonly delivery: Delivery; readonly hook: OutgoingHookRecord },
    outcome: Outcome,
  ): Promise<void> {
    const { hooks, clock } = this.#ports;
    const at = clock.now();
    const attempts = delivery.attempts + 1;
    const isAnswered = outcome.kind === 'answered';
    const isAside = delivery.lane === delivery.id;
    const waitMs = Math.max(this.#waitMs(attempts), isAnswered ? Math.min(outcome.retryAfterMs ?? 0, LONGEST_MS) : 0);
    await hooks.fail(lane, delivery, {
      at,
      status: isAnswered ? outcome.status : null,
      error: isAnswered ? `answered with ${outcome.status}` : outcome.why.slice(0, 200),
      fate: attempts >= MOST_ATTEMPTS ? 'dead' : attempts >= IN_PLACE && !isAside ? 'aside' : 'wait',
      dueAt: at + waitMs,
    });
    if (isAnswered && outcome.status === GONE) {
      await hooks.disableHook(
        { workspace: hook.workspace, hook: hook.id },
        { at, why: 'the receiver says that it is gone (410)' },
        at,
      );
    }
  }

  #waitMs(attempts: number): number {
    const [byte = 0] = this.#ports.random.bytes(1);
    return Math.round(Math.min(LONGEST_MS, FIRST_MS * 3 ** (attempts - 1)) * (0.8 + (0.4 * byte) / 255));
  }

  async #sweep(now: number): Promise<void> {
    const nowMs = this.#ports.clock.monotonic();
    if (nowMs - this.#sweptAtMs < SWEEP_MS) return;
    this.#sweptAtMs = nowMs;
    await this.#ports.hooks.forgetDead(now - KEEP_DEAD_MS);
  }
}

function isTaken(outcome: Outcome | null): outcome is null | (Outcome & { readonly kind: 'answered' }) {
  return outcome === null || (outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300);
}
