// How the tabs of one app on one device talk: every message reaches every other tab, none comes back to its sender. A message
// may be lost while a tab sleeps; nothing here depends on one alone.
import type { LinkState, OutgoingSignal } from '../wire/link.js';

export interface TabChannel {
  post(message: TabMessage): void;
  /** One listener. */
  onMessage(listener: (message: TabMessage) => void): void;
  close(): void;
}

/** A refusal as it travels. */
export type PostedRefusal = {
  readonly code: string;
  readonly message: string;
  readonly retry: string;
  readonly retryAfterMs?: number | undefined;
};

export type TabMessage = {
  readonly from: string;
  /** Counts what a leader says, so that a tab that missed something finds out. */
  readonly number?: number | undefined;
} & (
  | { readonly type: 'probe' }
  | { readonly type: 'beat' | 'claim' | 'resign'; readonly term: number }
  /** To the leader. */
  | { readonly type: 'join' }
  | { readonly type: 'command'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly type: 'signal'; readonly signal: OutgoingSignal }
  | { readonly type: 'wanted'; readonly name: string; readonly value: unknown }
  /** From the leader. */
  /** `isKept`: what the leader took is in the store. */
  | { readonly type: 'joined'; readonly to: string; readonly state: LinkState; readonly isKept: boolean }
  | { readonly type: 'state'; readonly state: LinkState }
  | { readonly type: 'frame'; readonly frame: unknown }
  | { readonly type: 'answer'; readonly to: string; readonly id: number; readonly result: unknown }
  | { readonly type: 'refused'; readonly to: string; readonly id: number; readonly refusal: PostedRefusal }
  | { readonly type: 'told'; readonly name: string; readonly value: unknown }
);
