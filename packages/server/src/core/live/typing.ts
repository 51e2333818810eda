// Typing: shown to the other members, never stored, gathered to at most one frame a second and conversation.
import { type ConversationId, isAllowed, type ServerFrame, TIMES, type UserId } from '@kith/protocol';
import type { Cancel, Clock } from '../clock.js';
import type { ConversationLog } from '../log.js';
import type { Principal } from '../principal.js';
import type { Telemetry } from '../telemetry.js';

export type TypingPorts = {
  readonly log: ConversationLog;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Tells the members of a conversation on all nodes; who types is not told of themselves. */
  readonly tellMembers: (conversation: ConversationId, frame: ServerFrame) => void;
};

const GATHER_MS = 1_000;
/** Most people whom one frame names; beyond it nobody reads the names. */
const MOST_NAMED = 20;
const MOST_CONVERSATIONS = 50_000;

export class Typing {
  readonly #ports: TypingPorts;
  /** Conversations with a frame sent in the last second, and who typed since. */
  readonly #gathered = new Map<ConversationId, { readonly users: Set<UserId>; cancel: Cancel }>();

  constructor(ports: TypingPorts) {
    this.#ports = ports;
  }

  async typed(principal: Principal, conversation: ConversationId): Promise<void> {
    const record = (await this.#ports.log.records([conversation])).get(conversation);
    const member = record?.workspace === principal.workspace ? record.state.members.get(principal.user) : undefined;
    if (!record || !member || !isAllowed('message.send', record.state.kind, member.role)) return;
    const waiting = this.#gathered.get(conversation);
    if (waiting) {
      if (waiting.users.size < MOST_NAMED) waiting.users.add(principal.user);
      return;
    }
    if (this.#gathered.size >= MOST_CONVERSATIONS) {
      this.#ports.telemetry.count('kith_typing_dropped_total');
      return;
    }
    this.#tell(conversation, [principal.user]);
    this.#gatherOn(conversation);
  }

  /** The person has sent what they typed: no frame still on its way names them. */
  ended(user: UserId, conversation: ConversationId): void {
    this.#gathered.get(conversation)?.users.delete(user);
  }

  stop(): void {
    for (const { cancel } of this.#gathered.values()) cancel();
    this.#gathered.clear();
  }

  #gatherOn(conversation: ConversationId): void {
    const users = new Set<UserId>();
    const cancel = this.#ports.clock.after(GATHER_MS, () => {
      this.#gathered.delete(conversation);
      if (users.size === 0) return;
      this.#tell(conversation, [...users]);
      this.#gatherOn(conversation);
    });
    this.#gathered.set(conversation, { users, cancel });
  }

  #tell(conversation: ConversationId, users: readonly UserId[]): void {
    const expiresInMs = TIMES.typingMs;
    this.#ports.tellMembers(conversation, { type: 'signal', name: 'typing', conversation, users, expiresInMs });
  }
}
