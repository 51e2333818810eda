// Slash commands: what people ask of a bot by `/name`. A bot, or an owner of the workspace for it, makes and removes them; who
// may write in a conversation sees and invokes those that reach it. An invocation is no entry: it waits in the store until the
// bot has it. Rules SC1 to SC3 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type InvocationId,
  type Key,
  LIMITS,
  makeId,
  type OperationParams,
  type Params,
  type Result,
  type SlashCommand,
  TIMES,
  toId,
  type UserId,
} from '@kith/protocol';
import { requireInWorkspace, requireMember, requireReader } from '../../access.js';
import { requireAccount, requireVisible } from '../../accounts/profiles.js';
import type { Clock, Random } from '../../clock.js';
import { requireOpen } from '../../conversation-settings.js';
import type { People } from '../../directory.js';
import type { ConversationLog, ConversationRecord } from '../../log.js';
import { type Profiles, readUsers } from '../../people.js';
import type { Principal } from '../../principal.js';
import type { Reach } from '../../reach.js';
import { recordSeenBy } from '../../readers.js';
import type { CommandRecord, InvocationRecord, SlashStore } from './slash-store.js';

const SECRET_BYTES = 32;
/** When somebody may ask again for whom too much waits. */
const BUSY_MS = 5_000;

export type SlashCommandsPorts = {
  readonly store: SlashStore;
  readonly log: Pick<ConversationLog, 'records' | 'readerStandings'>;
  readonly reach: Pick<Reach, 'refusal'>;
  readonly directory: Pick<People, 'account'> & Profiles;
  readonly clock: Clock;
  readonly random: Random;
  /** Something waits now. */
  readonly onInvoked: () => void;
};

type Invoked = Result<'command.invoke'>;

export class SlashCommands {
  readonly #ports: SlashCommandsPorts;

  constructor(ports: SlashCommandsPorts) {
    this.#ports = ports;
  }

  /** @throws forbidden for anyone but the bot and owners */
  async ofBot(principal: Principal, { bot }: OperationParams<'botCommands.list'>): Promise<{ items: SlashCommand[] }> {
    await this.#isOwner(principal, toId(bot));
    const all = await this.#ports.store.commands(principal.workspace);
    return { items: all.filter((command) => command.bot === toId<UserId>(bot)).map(toCommand) };
  }

  /** @throws forbidden, bad_request, conflict; not_found where there is no such bot in service */
  async set(principal: Principal, params: OperationParams<'botCommand.set'>): Promise<SlashCommand> {
    const { store, clock } = this.#ports;
    const { workspace } = principal;
    const bot = toId<UserId>(params.bot);
    const isOwner = await this.#isOwner(principal, bot);
    requireVisible(params.description);
    const { name, description, hint = '' } = params;
    const before = await store.command(workspace, name);
    const known = before?.bot === bot ? before : null;
    const { everywhere = known?.everywhere ?? false } = params;
    if (everywhere && !isOwner && !known?.everywhere) {
      throw new ChatError('forbidden', 'everywhere: an owner of the workspace alone makes a command available so');
    }
    const createdAt = known?.createdAt ?? clock.now();
    const command = { workspace, bot, name, hint, description, everywhere, createdAt };
    const result = await store.setCommand(command, LIMITS.slashCommands);
    if (result === 'no_bot') throw new ChatError('not_found', 'the workspace has no such bot in service');
    if (result === 'taken') throw new ChatError('conflict', 'another bot has a command of this name: choose another');
    if (result === 'too_many') {
      throw new ChatError('conflict', `a workspace has at most ${LIMITS.slashCommands} slash commands`);
    }
    return toCommand(command);
  }

  /** @throws forbidden, not_found */
  async remove(principal: Principal, { bot, name }: OperationParams<'botCommand.remove'>): Promise<null> {
    await this.#isOwner(principal, toId(bot));
    const { workspace } = principal;
    const isRemoved = await this.#ports.store.removeCommand({ workspace, bot: toId<UserId>(bot), name });
    if (!isRemoved) throw new ChatError('not_found', 'the bot has no such command');
    return null;
  }

  /** Those that reach a conversation, by name; none for who is no member any more. @throws not_found */
  async list(principal: Principal, params: Params<'commands.list'>): Promise<Result<'commands.list'>> {
    const { store, directory } = this.#ports;
    const { record, last } = requireReader(await this.#record(principal, params.conversation), principal);
    const all = last === null ? await store.commands(principal.workspace) : [];
    const items = all.filter((command) => isReaching(command, record));
    const bots = items.map(({ bot }) => bot);
    return { items: items.map(toCommand), users: await readUsers(directory, principal.workspace, bots) };
  }

  /** @throws not_found, forbidden, conflict, key_reused, rate_limited */
  async invoke(principal: Principal, params: Params<'command.invoke'>): Promise<Invoked> {
    const { store, clock, random, reach, onInvoked } = this.#ports;
    const { workspace, user } = principal;
    const { name, text = '' } = params;
    const conversation = toId<ConversationId>(params.conversation);
    const of = { workspace, conversation, user, key: toId<Key>(params.key) };
    const known = await store.invoked(of);
    // A repeat is answered whatever has changed since.
    if (known !== null) return answerOf(known, { name, text, isNew: false });
    const membership = requireMember(await this.#record(principal, conversation), principal, 'message.send');
    requireOpen(membership);
    const refusal = await reach.refusal(user, conversation, undefined);
    if (refusal !== null) throw refusal;
    const command = await store.command(workspace, name);
    if (command === null || !isReaching(command, membership.record)) {
      throw new ChatError('not_found', `no command /${name} reaches this conversation`);
    }
    const at = clock.now();
    const id = makeId<InvocationId>(at, random.bytes(10));
    const times = { at, expiresAt: at + TIMES.answersMs };
    const invocation = { ...of, ...times, id, bot: command.bot, command: name, text };
    const added = await store.invoke({ ...invocation, secret: random.bytes(SECRET_BYTES) }, LIMITS.invocations);
    if (added === 'too_many') {
      throw new ChatError('rate_limited', 'too much waits for this bot', { retryAfterMs: BUSY_MS });
    }
    const answer = answerOf(added.invocation, { name, text, isNew: added.isNew });
    if (added.isNew) onInvoked();
    return answer;
  }

  /** Whether an owner of the workspace asks; else it is the bot itself. @throws forbidden */
  async #isOwner(principal: Principal, bot: UserId): Promise<boolean> {
    if (principal.user === bot) return false;
    requireInWorkspace(await requireAccount(this.#ports.directory, principal), 'workspace.owner');
    return true;
  }

  #record({ user }: Principal, conversation: string): Promise<ConversationRecord | null> {
    return recordSeenBy(this.#ports.log, user, toId<ConversationId>(conversation));
  }
}

function isReaching({ bot, everywhere }: CommandRecord, { state }: ConversationRecord): boolean {
  return everywhere || state.members.get(bot)?.left === null;
}

/** @throws key_reused */
function answerOf(
  invocation: InvocationRecord,
  { name, text, isNew }: { readonly name: string; readonly text: string; readonly isNew: boolean },
): Invoked {
  const { id, bot, command, expiresAt, dueAt, deadAt } = invocation;
  // What was said is emptied in the end: then nobody knows it any more.
  const isKept = dueAt !== null || deadAt !== null;
  if (command !== name || (isKept && invocation.text !== text)) {
    throw new ChatError('key_reused', 'this key was given to another invocation');
  }
  return { invocation: id, bot, expiresAt, duplicate: !isNew };
}

function toCommand({ name, bot, hint, description, everywhere, createdAt }: CommandRecord): SlashCommand {
  return { name, bot, hint, description, everywhere, createdAt };
}
