// Tells bots what was asked of them: on their open streams, and by their outgoing webhooks that want to hear of it, again and
// again until it was taken or its time is over. An invocation is held for a time, so a node that dies gives back what it had.
// Rules SC4, SC5 and SC8 of docs/protocol/v1.md.
import { ChatError, type ConversationId, type HookId, type Key, toId, type UserId } from '@kith/protocol';
import { type Secrets, toHex } from '../../accounts/secrets.js';
import type { Cancel, Clock, Random } from '../../clock.js';
import type { ConversationLog } from '../../log.js';
import { type Profiles, readUsers } from '../../people.js';
import { isUnavailable, reportFailure, type Telemetry } from '../../telemetry.js';
import { membershipOf } from '../hook-taker.js';
import type { Outbound, Outcome } from '../outbound.js';
import type { OutgoingHookRecord, OutgoingHookStore } from '../outgoing-store.js';
import { SlackRefusal } from '../slack/refusal.js';
import { ANSWER_PATH, type Invocations, type SlashFrame, toInvocation } from './invocations.js';
import { parseAnswer } from './slack-answer.js';
import type { InvocationRecord, SlashStore } from './slash-store.js';

/** What a webhook subscribes to. */
export const COMMAND_INVOKED = 'command.invoked';

const EVERY_MS = 1_000;
/** Longer than one attempt may take. */
const HOLD_MS = 30_000;
const MOST_AT_ONCE = 64;
/** As deliveries of entries wait: 5 s, then three times as long each time, each drawn from 80 to 120 %. */
const FIRST_MS = 5_000;
const REMEMBERED_MS = 30 * 24 * 3_600_000;
const SWEEP_MS = 3_600_000;
const GONE = 410;

export type InvocationTellerPorts = {
  readonly store: SlashStore;
  readonly hooks: Pick<OutgoingHookStore, 'liveHooks' | 'disableHook'>;
  readonly invocations: Pick<Invocations, 'say'>;
  readonly tell: (user: UserId, frame: SlashFrame) => void;
  readonly log: Pick<ConversationLog, 'records'>;
  readonly profiles: Profiles;
  readonly outbound: Pick<Outbound, 'send'>;
  readonly hrefOf: (url: string) => string | null;
  readonly secrets: Pick<Secrets, 'digest'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** Where the server is, without a path. */
  readonly url: () => string;
  /** A time as RFC 3339 writes it, UTC. */
  readonly toIso: (at: number) => string;
};

type Failed = { readonly hook: HookId; readonly outcome: Outcome };

export class InvocationTeller {
  readonly #ports: InvocationTellerPorts;
  readonly #working = new Set<Promise<void>>();
  #timer: Cancel | null = null;
  #looking: Promise<void> | null = null;
  #isStopped = true;
  #sweptAtMs = 0;

  constructor(ports: InvocationTellerPorts) {
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

  /** What is under way is waited for. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.();
    await this.#looking;
    await this.settled();
  }

  /** Takes up what is due, as much as may be worked on at once. @throws what the store throws */
  async look(): Promise<void> {
    const { store, clock } = this.#ports;
    const now = clock.now();
    const nowMs = clock.monotonic();
    if (nowMs - this.#sweptAtMs >= SWEEP_MS) {
      this.#sweptAtMs = nowMs;
      await store.forget(now - REMEMBERED_MS);
    }
    const room = MOST_AT_ONCE - this.#working.size;
    if (room <= 0) return;
    for (const invocation of await store.claim(now, now + HOLD_MS, room)) this.#begin(invocation);
  }

  /** Waits for all that is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#working);
  }

  #begin(invocation: InvocationRecord): void {
    const work = this.#tell(invocation)
      .catch((error: unknown) => reportFailure(this.#ports.telemetry, 'an invocation is told later', error))
      .finally(() => this.#working.delete(work));
    this.#working.add(work);
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#ports.clock.after(delayMs, () => {
      this.#looking = this.look()
        .catch((error: unknown) => reportFailure(this.#ports.telemetry, 'invocations were not looked for', error))
        .finally(() => {
          this.#looking = null;
          this.#schedule(EVERY_MS);
        });
    });
  }

  async #tell(invocation: InvocationRecord): Promise<void> {
    const { store, hooks, clock, tell, telemetry } = this.#ports;
    const { workspace, bot, expiresAt } = invocation;
    if (clock.now() >= expiresAt) {
      const next = invocation.hook === null ? 'over' : 'dead';
      telemetry.count('kith_invocations_given_up_total');
      const { hook, lastStatus: status, lastError: error } = invocation;
      return await store.attempted(invocation, { at: clock.now(), next, hook, status, error });
    }
    tell(bot, { type: 'signal', name: 'invocation', invocation: toInvocation(invocation) });
    const live = await hooks.liveHooks([workspace]);
    const wanting = live.filter((hook) => hook.bot === bot && hook.events.includes(COMMAND_INVOKED));
    const failed = (await this.#post(invocation, wanting)).find(({ outcome }) => takenOf(outcome) === null);
    const at = clock.now();
    if (wanting.length > 0 && failed === undefined) return await store.take(invocation, at);
    const next = Math.min(expiresAt, at + this.#waitMs(invocation.attempts + 1, failed?.outcome));
    const { hook = null, outcome } = failed ?? {};
    await store.attempted(invocation, { at, next, hook, ...toldOf(outcome) });
  }

  /** To each of the webhooks at once; a repeat has the same id. */
  async #post(invocation: InvocationRecord, hooks: readonly OutgoingHookRecord[]): Promise<readonly Failed[]> {
    const body = hooks.length === 0 ? null : await this.#bodyOf(invocation);
    if (body === null) return [];
    return await Promise.all(
      hooks.map(async (hook) => {
        const { workspace, id: hookId, url, secret } = hook;
        const { id } = invocation;
        const outcome = await this.#ports.outbound.send({ url, secret, id, body, wantsAnswer: true });
        const taken = takenOf(outcome);
        if (taken !== null) await this.#reply(invocation, hookId, taken);
        else if (outcome.kind === 'answered' && outcome.status === GONE) {
          const at = this.#ports.clock.now();
          const disabled = { at, why: 'the receiver says that it is gone (410)' };
          await this.#ports.hooks.disableHook({ workspace, hook: hookId }, disabled, at);
        }
        return { hook: hookId, outcome };
      }),
    );
  }

  async #bodyOf(invocation: InvocationRecord): Promise<string | null> {
    const { log, profiles, url, toIso } = this.#ports;
    const { workspace, bot, conversation: id, secret, user } = invocation;
    const record = (await log.records([toId<ConversationId>(id)])).get(id) ?? null;
    if (record === null) return null;
    const { kind, name } = record.state;
    const isMember = membershipOf(record, { workspace, user: bot })?.last === null;
    const conversation = { id, kind, name: isMember ? name : null };
    const users = await readUsers(profiles, workspace, [user, bot]);
    const responseUrl = `${url()}${ANSWER_PATH}/${workspace}/${invocation.id}/${toHex(secret)}`;
    const data = { workspace, bot, conversation, invocation: toInvocation(invocation), users, responseUrl };
    return JSON.stringify({ type: COMMAND_INVOKED, timestamp: toIso(invocation.at), data });
  }

  /** What stands in the answer of a webhook is said; what is none, or may not be said, is left. @throws unavailable */
  async #reply(invocation: InvocationRecord, hook: HookId, outcome: Answered): Promise<void> {
    const { invocations, profiles, hrefOf, secrets } = this.#ports;
    if (!outcome.body) return;
    const key = uuidOf(secrets.digest(`answer ${invocation.id} ${hook}`));
    try {
      const said = await parseAnswer({ profiles, hrefOf }, invocation.workspace, outcome.body);
      await invocations.say(invocation, { ...said, key });
    } catch (error) {
      const isRefused = error instanceof SlackRefusal || error instanceof ChatError;
      if (!isRefused || isUnavailable(error)) throw error;
    }
  }

  #waitMs(attempts: number, outcome: Outcome | undefined): number {
    const [byte = 0] = this.#ports.random.bytes(1);
    const waitMs = Math.round(FIRST_MS * 3 ** (attempts - 1) * (0.8 + (0.4 * byte) / 255));
    return Math.max(waitMs, outcome?.kind === 'answered' ? (outcome.retryAfterMs ?? 0) : 0);
  }
}

type Answered = Outcome & { readonly kind: 'answered' };

/** Null for what was not taken. */
function takenOf(outcome: Outcome): Answered | null {
  return outcome.kind === 'answered' && outcome.status >= 200 && outcome.status < 300 ? outcome : null;
}

function toldOf(outcome: Outcome | undefined): { readonly status: number | null; readonly error: string | null } {
  if (outcome === undefined) return { status: null, error: null };
  if (outcome.kind === 'failed') return { status: null, error: outcome.why.slice(0, 200) };
  return { status: outcome.status, error: `answered with ${outcome.status}` };
}

function uuidOf(hex: string): Key {
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)];
  return toId<Key>(parts.join('-'));
}
