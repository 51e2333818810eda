// The frames of the socket: one JSON object each, told apart by `type`. Both sides ignore what they do not know.

import type { ErrorFields } from './codes.js';
import type { CommandName, Params, Written } from './commands.js';
import type { Entry } from './entries.js';
import type { Limits } from './limits.js';
import type { Answer, Invocation, Marks, Presence, Summary, ThreadStanding, User } from './models.js';
import type { ClientSignal } from './signals.js';

export type Hello = {
  readonly type: 'hello';
  readonly token: string;
  readonly device?: string;
  readonly instance?: string;
  readonly client?: string;
  readonly since?: string;
  readonly capabilities?: readonly string[];
  /** Of a conversation whose missed entries follow the welcome, `last` is not wanted: it is the last of those (C10). */
  readonly lean?: boolean;
};

export type Command = {
  [N in CommandName]: { readonly type: 'command'; readonly id: number; readonly name: N; readonly params: Params<N> };
}[CommandName];

/** What a client sends, after parsing. */
export type ClientFrame =
  | Hello
  | { readonly type: 'auth'; readonly token: string }
  | Command
  | { readonly type: 'signal'; readonly signal: ClientSignal }
  | { readonly type: 'ping' };

export type Welcome = {
  readonly type: 'welcome';
  readonly connection: string;
  readonly user: User;
  readonly self: string;
  readonly session: string;
  readonly serverTime: number;
  readonly heartbeatMs: number;
  readonly authUntil: number | null;
  readonly limits: Limits;
  readonly capabilities: readonly string[];
  readonly since: string;
  readonly reset: boolean;
  readonly conversations: readonly Summary[];
  readonly users: { readonly [id: string]: User };
  readonly more: boolean;
};

export type ServerSignal =
  | {
      readonly type: 'signal';
      readonly name: 'typing';
      readonly conversation: string;
      readonly users: readonly string[];
      readonly expiresInMs: number;
    }
  | {
      readonly type: 'signal';
      readonly name: 'marks';
      readonly conversation: string;
      readonly epoch: number;
      readonly marks: readonly Marks[];
      readonly unread?: number;
      readonly mentions?: number;
      /** Where the log begins now: what was before is gone. */
      readonly first?: number;
    }
  | ({
      readonly type: 'signal';
      readonly name: 'thread';
      readonly conversation: string;
      readonly epoch: number;
      readonly thread: number;
    } & ThreadStanding)
  | { readonly type: 'signal'; readonly name: 'presence'; readonly presence: readonly Presence[] }
  | {
      readonly type: 'signal';
      readonly name: 'user';
      readonly users: readonly { readonly id: string; readonly version: number }[];
    }
  /** How the workspace looks from now on. */
  | { readonly type: 'signal'; readonly name: 'look'; readonly accent: string }
  | { readonly type: 'signal'; readonly name: 'invocation'; readonly invocation: Invocation }
  | { readonly type: 'signal'; readonly name: 'answer'; readonly answer: Answer };

export type GapFrame = {
  readonly type: 'gap';
  readonly conversation: string;
  readonly epoch: number;
  readonly after: number;
  readonly head: number;
};

export type ByeFrame = {
  readonly type: 'bye';
  readonly code: string;
  readonly reconnect: boolean;
  readonly afterMs: number;
};

/** What the server sends. */
export type ServerFrame =
  | Welcome
  | { readonly type: 'ack'; readonly id: number; readonly result: Written | { readonly [field: string]: unknown } }
  | ({ readonly type: 'error'; readonly id?: number } & ErrorFields)
  | ({ readonly type: 'entry' } & Entry)
  | GapFrame
  | { readonly type: 'conversation'; readonly summary: Summary; readonly users?: { readonly [id: string]: User } }
  | { readonly type: 'synced'; readonly since: string }
  | ServerSignal
  | { readonly type: 'pong' }
  | ByeFrame;
