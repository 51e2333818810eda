// What all connections of a server share.
import type { ChatService } from '../core/chat.js';
import type { Connections } from './connections.js';
import type { Dispatch } from './dispatch.js';
import type { Heartbeat } from './heartbeat.js';
import type { Openings } from './openings.js';
import type { OutboxShared } from './outbox.js';
import type { Accounts } from './ports.js';
import type { ReadBudget } from './read-budget.js';

export type ConnectionShared = {
  readonly chat: Pick<ChatService, 'open' | 'signal'>;
  readonly accounts: Pick<Accounts, 'authenticate' | 'isSessionLive'>;
  readonly dispatch: Pick<
    Dispatch,
    'command' | 'refusalByLoad' | 'refusalByRate' | 'refusalOf' | 'signalRefusal' | 'streamRefusal'
  >;
  readonly heartbeat: Heartbeat;
  readonly openings: Openings;
  readonly outbox: OutboxShared;
  /** Milliseconds within which `hello` must come, and its turn. */
  readonly helloMs: number;
  readonly budget: ReadBudget;
  /** Told of every connection and of every change of its state. */
  readonly connections: Connections;
};
