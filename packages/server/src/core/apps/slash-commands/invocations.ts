// Invocations of slash commands as their bots see them: what waits, that it has come, and what is answered: to all, as a message
// of the bot, or to the invoker alone, as a signal that nobody keeps. Rules SC5 to SC9 of docs/protocol/v1.md.
import {
  type Answer,
  ChatError,
  type Invocation,
  type InvocationId,
  type Key,
  LIMITS,
  type Params,
  parseId,
  type Result,
  type Scope,
  type ServerFrame,
  toId,
  type UserId,
  type WorkspaceId,
  type Written,
} from '@kith/protocol';
import { requireMember } from '../../access.js';
import { toHex } from '../../accounts/secrets.js';
import type { Clock } from '../../clock.js';
import type { ConversationLog } from '../../log.js';
import { type Profiles, readUsers } from '../../people.js';
import type { Author, Principal } from '../../principal.js';
import { recordSeenBy } from '../../readers.js';
import type { RunAs } from '../incoming-hooks.js';
import { SlackRefusal } from '../slack/refusal.js';
import { parseAnswer, type Said, type SlackPorts } from './slack-answer.js';
import type { InvocationRecord, SlashStore } from './slash-store.js';

/** Below which the addresses of answers are, on the server. */
export const ANSWER_PATH = '/v1/hooks/answers';

const MOST_WAITING = 100;
const SPEAKING: readonly Scope[] = ['read', 'write'];

/** What a person's devices are told of slash commands. */
export type SlashFrame = Extract<ServerFrame, { readonly name: 'invocation' | 'answer' }>;

export type InvocationsPorts = {
  readonly store: SlashStore;
  readonly log: Pick<ConversationLog, 'records' | 'readerStandings'>;
  readonly profiles: Profiles;
  readonly clock: Clock;
  /** Sends a message as somebody, at their place in the conversation now. */
  readonly send: (author: Author, params: Params<'message.send'>) => Promise<Written>;
  readonly tell: (user: UserId, frame: SlashFrame) => void;
};

/** The address of an answer, taken apart. */
export type AnswerAddress = { readonly workspace: string; readonly invocation: string; readonly secret: string };

export class Invocations {
  readonly #ports: InvocationsPorts;

  constructor(ports: InvocationsPorts) {
    this.#ports = ports;
  }

  /** What waits for the bot that asks, oldest first; for anybody else nothing does. */
  async read({ workspace, user: bot }: Principal): Promise<Result<'invocations.read'>> {
    const { store, clock, profiles } = this.#ports;
    const waiting = await store.waiting({ workspace, bot }, clock.now(), MOST_WAITING);
    const invokers = waiting.map(({ user }) => user);
    return { items: waiting.map(toInvocation), users: await readUsers(profiles, workspace, invokers) };
  }

  /** @throws not_found */
  async take(principal: Principal, { invocation: id }: Params<'invocation.take'>): Promise<Result<'invocation.take'>> {
    const invocation = await this.#require(principal, id);
    await this.#ports.store.take(invocation, this.#ports.clock.now());
    return {};
  }

  /** @throws not_found, conflict, forbidden and what `message.send` throws */
  async answer(principal: Principal, params: Params<'invocation.answer'>): Promise<Result<'invocation.answer'>> {
    const { store, log, clock } = this.#ports;
    const invocation = await this.#require(principal, params.invocation);
    const { key: given, text, to = 'invoker', mentions } = params;
    const key = toId<Key>(given);
    if (to === 'all') {
      // What may not be said there does not count.
      const { conversation } = invocation;
      requireMember(await recordSeenBy(log, principal.user, conversation), principal, 'message.send');
    }
    const counted = await store.answer(invocation, { key, at: clock.now(), most: LIMITS.answers });
    if (counted.result === 'over') throw new ChatError('conflict', 'the time for answers is over');
    if (counted.result === 'too_many') {
      throw new ChatError('conflict', `an invocation is answered at most ${LIMITS.answers} times`);
    }
    const seq = await this.say(invocation, { key, text, to, ...(mentions === undefined ? {} : { mentions }) });
    return { left: counted.left, seq, duplicate: counted.result === 'known' };
  }

  /**
   * Says something in answer, which counts toward no limit. @returns the message's seq, or null where the invoker alone was told
   * @throws what `message.send` throws
   */
  async say(
    invocation: InvocationRecord,
    { key, text, to, mentions }: Said & { readonly key: Key },
  ): Promise<number | null> {
    const { workspace, id, bot, user, command, conversation } = invocation;
    if (to === 'invoker') {
      const answer: Answer = { id: key, invocation: id, conversation, bot, command, text, at: this.#ports.clock.now() };
      this.#ports.tell(user, { type: 'signal', name: 'answer', answer });
      return null;
    }
    const message = { conversation, key, text, ...(mentions === undefined ? {} : { mentions }) };
    const send = (params: Params<'message.send'>) => this.#ports.send({ workspace, user: bot }, params);
    const written = await send(message).catch((error: unknown) => {
      // Who may not speak to all says the same without that. A repeat finds what was written then.
      const isRefused = error instanceof ChatError && /^(?:forbidden|key_reused)$/.test(error.code);
      if (!mentions?.all || !isRefused) throw error;
      const { all: _, ...named } = mentions;
      return send({ ...message, mentions: named });
    });
    return written.seq;
  }

  /** The one at that address, until its bot is retired; null for an address that is not whole and right. @throws unavailable */
  async find({ workspace, invocation, secret }: AnswerAddress): Promise<InvocationRecord | null> {
    const [inside, id] = [parseId<WorkspaceId>(workspace), parseId<InvocationId>(invocation)];
    if (inside === null || id === null) return null;
    const found = await this.#ports.store.invocation({ workspace: inside, id });
    return found !== null && isSame(toHex(found.secret), secret) ? found : null;
  }

  /**
   * Takes an answer in Slack's form at the address of an invocation.
   * @throws SlackRefusal; ChatError as `invocation.answer` does
   */
  async post(
    invocation: InvocationRecord,
    { payload, key, hrefOf }: { readonly payload: string; readonly key: string } & Pick<SlackPorts, 'hrefOf'>,
    run: RunAs,
  ): Promise<void> {
    const { workspace, id, bot, expiresAt, answers } = invocation;
    if (this.#ports.clock.now() >= expiresAt) throw new SlackRefusal('expired_url', 404);
    const isKnown = answers.includes(toId<Key>(key));
    if (!isKnown && answers.length >= LIMITS.answers) throw new SlackRefusal('used_url', 404);
    const said = await parseAnswer({ profiles: this.#ports.profiles, hrefOf }, workspace, payload);
    const speaker = { workspace, user: bot, session: toId(id), scopes: SPEAKING, expiresAt: Number.MAX_SAFE_INTEGER };
    await run(speaker as Principal, 'invocation.answer', { invocation: id, key, ...said });
  }

  /** One of the bot's own. @throws not_found */
  async #require({ workspace, user }: Principal, id: string): Promise<InvocationRecord> {
    const found = await this.#ports.store.invocation({ workspace, id: toId<InvocationId>(id) });
    if (found?.bot !== user) throw new ChatError('not_found', 'nothing of this id was asked of you');
    return found;
  }
}

export function toInvocation(record: InvocationRecord): Invocation {
  const { id, bot, command, text, conversation, user, at, expiresAt } = record;
  return { id, bot, command, text, conversation, user, at, expiresAt };
}

/** In a time that does not tell how much of it is right. */
function isSame(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index += 1) difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}
