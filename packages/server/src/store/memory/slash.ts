// Slash commands and what was asked by them in memory: the reference model of SLASH1–… and the store of tests.
import type { UserId, WorkspaceId } from '@kith/protocol';
import type {
  Attempt,
  CommandRecord,
  InvocationPlace,
  InvocationRecord,
  NewInvocation,
  SlashStore,
} from '../../core/apps/slash-commands/slash-store.js';
import type { Communities } from './communities.js';

type InvocationKey = Pick<NewInvocation, 'workspace' | 'conversation' | 'user' | 'key'>;

const MOST_LISTED = 1_000;
const MOST_FORGOTTEN = 1_000;

export class MemorySlash implements SlashStore {
  readonly #communities: Communities;
  readonly #commands = new Map<string, CommandRecord>();
  readonly #invocations = new Map<string, InvocationRecord>();

  constructor(communities: Communities) {
    this.#communities = communities;
  }

  async setCommand(command: CommandRecord, most: number): Promise<'set' | 'taken' | 'too_many' | 'no_bot'> {
    const { workspace, bot, name } = command;
    if (!this.#isInService(workspace, bot)) return 'no_bot';
    const before = this.#command(workspace, name);
    if (before !== null && before.bot !== bot) return 'taken';
    if (before === null && this.#commandsOf(workspace).length >= most) return 'too_many';
    this.#commands.set(nameOf(command), { ...command, createdAt: before?.createdAt ?? command.createdAt });
    return 'set';
  }

  async removeCommand(command: Pick<CommandRecord, 'workspace' | 'bot' | 'name'>): Promise<boolean> {
    return this.#commands.get(nameOf(command))?.bot === command.bot && this.#commands.delete(nameOf(command));
  }

  async commands(workspace: WorkspaceId): Promise<readonly CommandRecord[]> {
    return this.#commandsOf(workspace)
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .slice(0, MOST_LISTED);
  }

  async command(workspace: WorkspaceId, name: string): Promise<CommandRecord | null> {
    return this.#command(workspace, name);
  }

  async invoke(invocation: NewInvocation, most: number): ReturnType<SlashStore['invoke']> {
    const known = this.#known(invocation);
    if (known !== null) return { invocation: known, isNew: false };
    const { workspace, bot, at } = invocation;
    const waiting = this.#all.filter((each) => each.workspace === workspace && each.bot === bot && each.dueAt !== null);
    if (waiting.length >= most) return 'too_many';
    const ends = { takenAt: null, deadAt: null, hook: null, lastStatus: null, lastError: null };
    return { invocation: this.#keep({ ...invocation, ...ends, answers: [], attempts: 0, dueAt: at }), isNew: true };
  }

  async invoked(of: InvocationKey): Promise<InvocationRecord | null> {
    return this.#known(of);
  }

  async invocation(of: InvocationPlace): Promise<InvocationRecord | null> {
    const found = this.#invocations.get(placeOf(of));
    return found !== undefined && this.#isLive(found) ? found : null;
  }

  async waiting(
    { workspace, bot }: Pick<NewInvocation, 'workspace' | 'bot'>,
    at: number,
    limit: number,
  ): Promise<readonly InvocationRecord[]> {
    const own = this.#all.filter((each) => each.workspace === workspace && each.bot === bot);
    const open = own.filter(({ dueAt, expiresAt }) => dueAt !== null && expiresAt > at);
    return open.toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1)).slice(0, limit);
  }

  async take(of: InvocationPlace, at: number): Promise<void> {
    const found = this.#invocations.get(placeOf(of));
    if (found !== undefined && found.takenAt === null) this.#keep({ ...found, ...taken(at) });
  }

  async answer(
    of: InvocationPlace,
    { key, at, most }: Parameters<SlashStore['answer']>[1],
  ): ReturnType<SlashStore['answer']> {
    const found = this.#invocations.get(placeOf(of));
    const left = most - (found?.answers.length ?? 0);
    if (found?.answers.includes(key)) return { result: 'known', left };
    if (found === undefined || at >= found.expiresAt) return { result: 'over', left };
    if (left <= 0) return { result: 'too_many', left };
    const news = found.takenAt === null ? taken(at) : {};
    this.#keep({ ...found, ...news, answers: [...found.answers, key] });
    return { result: 'counted', left: left - 1 };
  }

  async claim(at: number, until: number, limit: number): Promise<readonly InvocationRecord[]> {
    const due = this.#all.filter(({ dueAt }) => dueAt !== null && dueAt <= at);
    const first = due.toSorted((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0)).slice(0, limit);
    return first.map((each) => this.#keep({ ...each, dueAt: until }));
  }

  async attempted(invocation: InvocationRecord, { at, next, hook, status, error }: Attempt): Promise<void> {
    const found = this.#invocations.get(placeOf(invocation));
    if (found === undefined || found.takenAt !== null || found.dueAt !== invocation.dueAt) return;
    const noted = { hook: hook ?? found.hook, lastStatus: status, lastError: error, attempts: found.attempts + 1 };
    const ends = {
      dueAt: typeof next === 'number' ? next : null,
      deadAt: next === 'dead' ? at : null,
      text: next === 'over' ? '' : found.text,
    };
    this.#keep({ ...found, ...noted, ...ends });
  }

  async stuck(
    workspace: WorkspaceId,
    { state, limit }: Parameters<SlashStore['stuck']>[1],
  ): Promise<readonly InvocationRecord[]> {
    const all = this.#all.filter((each) => each.workspace === workspace && isStuck(each));
    const wanted = all.filter(({ deadAt }) => state === null || (deadAt === null) === (state === 'waiting'));
    return wanted.toSorted((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1)).slice(0, limit);
  }

  async revive(of: InvocationPlace, at: number, expiresAt: number): Promise<boolean> {
    const found = this.#invocations.get(placeOf(of));
    if (found === undefined || !isStuck(found)) return false;
    this.#keep({ ...found, dueAt: at, deadAt: null, attempts: 0, expiresAt });
    return true;
  }

  async forget(before: number): Promise<number> {
    const old = this.#all.filter(({ at }) => at < before).slice(0, MOST_FORGOTTEN);
    for (const each of old) this.#invocations.delete(placeOf(each));
    return old.length;
  }

  #command(workspace: WorkspaceId, name: string): CommandRecord | null {
    const command = this.#commands.get(nameOf({ workspace, name }));
    return command !== undefined && this.#isLive(command) ? command : null;
  }

  #commandsOf(workspace: WorkspaceId): readonly CommandRecord[] {
    return [...this.#commands.values()].filter((each) => each.workspace === workspace && this.#isLive(each));
  }

  #known({ workspace, conversation, user, key }: InvocationKey): InvocationRecord | null {
    const isMeant = (each: InvocationRecord) =>
      each.workspace === workspace && each.conversation === conversation && each.user === user && each.key === key;
    return this.#all.find(isMeant) ?? null;
  }

  get #all(): InvocationRecord[] {
    return [...this.#invocations.values()];
  }

  #keep(invocation: InvocationRecord): InvocationRecord {
    this.#invocations.set(placeOf(invocation), invocation);
    return invocation;
  }

  #isLive({ workspace, bot }: Pick<CommandRecord, 'workspace' | 'bot'>): boolean {
    return this.#isInService(workspace, bot);
  }

  #isInService(workspace: WorkspaceId, bot: UserId): boolean {
    const person = this.#communities.get(workspace)?.people.get(bot);
    return person?.user.kind === 'bot' && person.retiredAt === null;
  }
}

function taken(at: number) {
  return { takenAt: at, dueAt: null, deadAt: null, text: '' };
}

function isStuck({ hook, takenAt }: InvocationRecord): boolean {
  return hook !== null && takenAt === null;
}

function nameOf({ workspace, name }: Pick<CommandRecord, 'workspace' | 'name'>): string {
  return `${workspace} ${name}`;
}

function placeOf({ workspace, id }: InvocationPlace): string {
  return `${workspace} ${id}`;
}
