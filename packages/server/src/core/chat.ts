// The front of the core: what the edge calls for commands, signals and streams. It only wires; the ideas live in the
// files beside it.
import type {
  ClientSignal,
  CommandName,
  Hello,
  OperationParams,
  Params,
  Result,
  SessionId,
  UserId,
} from '@kith/protocol';
import type { Sink } from './live/sink.js';
import type { Principal } from './principal.js';

/** Who asks, and on which open stream, if any. */
export type Caller = { readonly principal: Principal; readonly stream: Stream | null };

/** One open stream of a person. The edge closes it exactly once, whatever ended it. */
export interface Stream {
  readonly id: string;
  readonly principal: Principal;
  /** The stream has ended: presence, routing and watches let go of it. */
  closed(): void;
}

export interface ChatService {
  /**
   * Executes one command, already parsed. For one conversation, writes take effect in the order of the calls.
   * @throws ChatError
   */
  execute<N extends CommandName>(caller: Caller, name: N, params: Params<N>): Promise<Result<N>>;
  /** Takes a signal; what cannot be taken is dropped. */
  signal(caller: Caller, signal: ClientSignal): void;
  /** Marks over HTTP: like the signal, but refused with a code where they cannot be taken. */
  setMarks(caller: Caller, params: OperationParams<'marks.set'>): Promise<null>;
  /**
   * Opens a stream: everything that the person must see goes to `sink`, beginning with `welcome`.
   * The session was checked to be live by the caller.
   * @throws ChatError unavailable
   */
  open(principal: Principal, hello: Hello, sink: Sink): Promise<Stream>;
  /** Ends the streams of a session, or of a person's every session but one; on all nodes within 5 s. */
  revoked(user: UserId, session: SessionId): void;
}
