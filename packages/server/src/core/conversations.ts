// Conversations: making one (a direct one per pair, groups, channels, the person's own `self`), and their summaries.
// An id is reserved under a name first (the pair, the person, the author's key), so that a race or a repeated call ends at
// the same log; the log itself is made by whoever finds it missing.
import {
  ChatError,
  type ConversationId,
  type Key,
  LIMITS,
  makeId,
  type Params,
  toId,
  type UserId,
} from '@kith/protocol';
import type { Clock, Random } from './clock.js';
import type { ConversationLog, ConversationRecord, Draft } from './log.js';
import type { Principal } from './principal.js';
import type { Writer } from './writer.js';

/** What making conversations needs of the directory. */
export interface Reservations {
  /** The conversation id that was reserved first under this name; `proposed` where there was none. */
  reserve(workspace: Principal['workspace'], name: string, proposed: ConversationId): Promise<ConversationId>;
}

export type ConversationPorts = {
  readonly log: ConversationLog;
  readonly writer: Writer;
  readonly reservations: Reservations;
  readonly clock: Clock;
  readonly random: Random;
};

type Wanted = Params<'conversation.create'>;

export type Created = { readonly conversation: ConversationId; readonly duplicate: boolean };

type Making = {
  readonly id: ConversationId;
  readonly key: Key;
  readonly drafts: readonly [Draft, ...Draft[]];
  /** Whom it is made with. */
  readonly reaches: readonly UserId[];
};

/** Most people whose own conversation is remembered; beyond it the one remembered longest is looked up again. */
const MOST_SELVES = 50_000;

export class Conversations {
  readonly #ports: ConversationPorts;
  readonly #selves = new Map<UserId, ConversationId>();

  constructor(ports: ConversationPorts) {
    this.#ports = ports;
  }

  /**
   * Makes a conversation with people whom the caller has found to exist.
   * @throws bad_request, conflict (too many members), key_reused
   */
  create(principal: Principal, params: Params<'conversation.create'>): Promise<Created> {
    const others = [...new Set(params.members.map((id) => toId<UserId>(id)))].filter((id) => id !== principal.user);
    const key = params.key === undefined ? this.makeKey() : toId<Key>(params.key);
    return params.kind === 'direct'
      ? this.#createDirect(principal, others, key)
      : this.#createGroup(principal, { others, key, params });
  }

  /** A key for a write whose author gave none. */
  makeKey(): Key {
    return makeId<Key>(this.#ports.clock.now(), this.#ports.random.bytes(10));
  }

  /** The person's own conversation, made at the first call. */
  async self(principal: Pick<Principal, 'workspace' | 'user'>): Promise<ConversationId> {
    const { user } = principal;
    const known = this.#selves.get(user);
    if (known !== undefined) return known;
    const id = await this.#reserve(principal, `self:${user}`);
    if (!(await this.#exists(id))) {
      const body = { kind: 'self', users: [user] };
      await this.#make(principal, {
        id,
        key: this.makeKey(),
        drafts: [{ kind: 'conversation.created', body }],
        reaches: [],
      });
    }
    if (this.#selves.size >= MOST_SELVES)
      for (const oldest of this.#selves.keys()) {
        this.#selves.delete(oldest);
        break;
      }
    this.#selves.set(user, id);
    return id;
  }

  async #createDirect(principal: Principal, others: readonly UserId[], key: Key): Promise<Created> {
    const [other, ...rest] = others;
    if (other === undefined || rest.length > 0) {
      throw new ChatError('bad_request', 'members: a direct conversation is with one other person');
    }
    const users = [principal.user, other].sort();
    const id = await this.#reserve(principal, `direct:${users.join(':')}`);
    if (await this.#exists(id)) return { conversation: id, duplicate: true };
    const created: Draft = { kind: 'conversation.created', body: { kind: 'direct', users } };
    return this.#make(principal, { id, key, drafts: [created], reaches: [other] });
  }

  async #createGroup(
    principal: Principal,
    { others, key, params }: { readonly others: readonly UserId[]; readonly key: Key; readonly params: Wanted },
  ): Promise<Created> {
    if (others.length + 1 > LIMITS.members) {
      throw new ChatError('conflict', `a ${params.kind} has at most ${LIMITS.members} members`);
    }
    const id = await this.#reserve(principal, `create:${principal.user}:${key}`);
    const { kind, name, visibility = 'private', posting = 'members', joining } = params;
    const body = { kind, ...(name === undefined ? {} : { name }), users: [principal.user] };
    const settings: Draft = {
      kind: 'conversation.updated',
      body: { visibility, posting, ...(joining && { joining }) },
    };
    const joined: Draft[] = kind === 'channel' ? [settings] : [];
    for (let start = 0; start < others.length; start += LIMITS.usersPerEntry) {
      const users = others.slice(start, start + LIMITS.usersPerEntry);
      joined.push({ kind: 'member.joined', body: { users } });
    }
    const drafts = [{ kind: 'conversation.created', body } as const, ...joined] as const;
    return this.#make(principal, { id, key, drafts, reaches: others });
  }

  #reserve(principal: Pick<Principal, 'workspace'>, name: string): Promise<ConversationId> {
    const proposed = makeId<ConversationId>(this.#ports.clock.now(), this.#ports.random.bytes(10));
    return this.#ports.reservations.reserve(principal.workspace, name, proposed);
  }

  async #exists(id: ConversationId): Promise<boolean> {
    return (await this.#ports.log.records([id])).has(id);
  }

  async #make(principal: Pick<Principal, 'workspace' | 'user'>, wish: Making): Promise<Created> {
    let isThere = false;
    try {
      const written = await this.#ports.writer.write(principal, {
        conversation: wish.id,
        key: wish.key,
        content: JSON.stringify(wish.drafts),
        reaches: wish.reaches,
        decide(record: ConversationRecord | null): readonly [Draft, ...Draft[]] {
          isThere = record !== null;
          if (isThere) throw new ChatError('conflict', 'somebody else made this conversation at the same moment');
          return wish.drafts;
        },
      });
      return { conversation: wish.id, duplicate: written.duplicate };
    } catch (error) {
      if (isThere && error instanceof ChatError && error.code === 'conflict') {
        return { conversation: wish.id, duplicate: true };
      }
      throw error;
    }
  }
}
