// What the rest of the SDK sees of the way to the server: a connection of this run's own, or another tab that holds one.
import type { CommandName, Params, Result, ServerFrame } from '@kith/protocol';

export type TransportName = 'websocket' | 'events' | 'poll' | 'tab';

/** How it stands with the way to the server. */
export type LinkState =
  | { readonly kind: 'connecting' }
  /** `welcome` is here; `transport` says over what. */
  | { readonly kind: 'open'; readonly transport: TransportName }
  /** The next attempt comes by itself, `inMs` after the state was entered. */
  | { readonly kind: 'waiting'; readonly inMs: number; readonly attempt: number }
  /**
   * `signed_out`: the session ended. `forbidden`: it lives, and may not read (its token has no scope `read`): whoever is to see
   * conversations signs out, and in with a token that may. `outdated`: this version is not spoken here. `closed`: by the app itself.
   */
  | { readonly kind: 'stopped'; readonly why: 'signed_out' | 'forbidden' | 'outdated' | 'closed' };

export type WhyStopped = (LinkState & { readonly kind: 'stopped' })['why'];

export type OutgoingSignal = { readonly name: 'typing' | 'marks'; readonly [field: string]: unknown };

export interface Link {
  readonly state: LinkState;
  /**
   * One command and its answer. It is sent at once, in the order of the calls.
   * @throws Refusal; `unavailable` where the link is not open, or goes before the answer: it may have been done or not
   */
  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>>;
  /** Lost without harm where the link is not open. */
  signal(signal: OutgoingSignal): void;
}

/** Whom a link tells. Frames come one by one in the order of the stream, `welcome` first after each opening. */
export type LinkEvents = {
  readonly onFrame: (frame: ServerFrame) => void;
  readonly onState: (state: LinkState) => void;
};
