// Which tab leads. The leader beats; who hears nothing for a while asks, and where nobody answers, claims. Terms rise with
// every claim, and a leader that hears of a later term follows: two may lead for a moment (a tab that slept), which costs
// a connection and no message. It needs no lock of the platform, so it also works on plain http.
// Questions are answered by the message handler, which browsers do not slow down in hidden tabs as they do timers. A dead
// leader is replaced within 2 s: SILENT_MS + ASK_MS, and CLAIM_MS.
import type { Cancel, Clock, Random } from '../ports.js';
import type { TabChannel, TabMessage } from './tab-channel.js';

const BEAT_MS = 500;
/** A hidden tab's timers come once a second. */
const SILENT_MS = 1_300;
const ASK_MS = 200;
const CLAIM_MS = 150;

export type Role = 'leader' | 'follower';

export type ElectionParts = {
  /** This tab's name among all. */
  readonly tab: string;
  readonly channel: Pick<TabChannel, 'post'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Then any other tab leads better than this one. */
  readonly isStoreGone: () => boolean;
  /** Called when the role or, for a follower, the leader has changed. */
  readonly onRole: (role: Role, leader: string | null) => void;
};

type State =
  | { readonly kind: 'following'; readonly leader: string | null; readonly term: number }
  | { readonly kind: 'asking'; readonly term: number }
  | { readonly kind: 'claiming'; readonly term: number }
  | { readonly kind: 'leading'; readonly term: number }
  | { readonly kind: 'ended'; readonly term: number };

export class Election {
  readonly #parts: ElectionParts;
  #state: State = { kind: 'following', leader: null, term: 0 };
  #cancel: Cancel = () => {};

  constructor(parts: ElectionParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#ask();
  }

  /** Lets another tab lead; where none does, this one leads again. */
  resign(): void {
    const { kind, term } = this.#state;
    if (kind !== 'leading') return;
    this.#state = { kind: 'following', leader: null, term };
    this.#post({ type: 'resign', term });
    this.#wait(SILENT_MS, () => this.#ask());
    this.#parts.onRole('follower', null);
  }

  /** Gives way to the others, who need not find out by its silence. */
  end(): void {
    const { kind, term } = this.#state;
    if (kind === 'ended') return;
    this.#cancel();
    this.#state = { kind: 'ended', term };
    if (kind === 'leading') this.#post({ type: 'resign', term });
  }

  take(message: TabMessage): void {
    if (this.#state.kind === 'ended') return;
    switch (message.type) {
      case 'probe':
        if (this.#state.kind === 'leading') this.#beat();
        return;
      case 'beat':
        this.#heardLeader(message.from, message.term);
        return;
      case 'claim':
        this.#heardClaim(message.from, message.term);
        return;
      case 'resign':
        this.#heardResign(message.term);
        return;
      default:
        return;
    }
  }

  #heardLeader(leader: string, term: number): void {
    const state = this.#state;
    const isOlder = term < state.term || (term === state.term && state.kind === 'leading' && leader > this.#parts.tab);
    if (isOlder) {
      // It slept, or claimed at the same moment: it hears of us and follows.
      if (state.kind === 'leading') this.#beat();
      return;
    }
    const isKnown = state.kind === 'following' && state.leader === leader;
    this.#state = { kind: 'following', leader, term };
    this.#wait(SILENT_MS, () => this.#ask());
    if (!isKnown) this.#parts.onRole('follower', leader);
  }

  /** Who has no store leaves it to the others, and asks later whether there is one. */
  #heardResign(term: number): void {
    const isOld = this.#state.kind !== 'following' || term < this.#state.term;
    if (!isOld && !this.#parts.isStoreGone()) this.#claim();
  }

  #heardClaim(tab: string, term: number): void {
    const state = this.#state;
    if (state.kind === 'leading') {
      if (term <= state.term) this.#beat();
      return;
    }
    const isBefore = term > state.term || (term === state.term && tab < this.#parts.tab);
    if (state.kind === 'claiming' && !isBefore) return;
    // Its first beat follows.
    this.#state = { kind: 'following', leader: null, term: Math.max(term, state.term) };
    this.#wait(SILENT_MS, () => this.#ask());
  }

  #ask(): void {
    this.#state = { kind: 'asking', term: this.#state.term };
    this.#post({ type: 'probe' });
    this.#wait(ASK_MS, () => this.#claim());
  }

  #claim(): void {
    const term = this.#state.term + 1;
    this.#state = { kind: 'claiming', term };
    this.#post({ type: 'claim', term });
    this.#wait(CLAIM_MS * (0.5 + this.#parts.random.fraction() / 2), () => this.#lead(term));
  }

  #lead(term: number): void {
    this.#state = { kind: 'leading', term };
    this.#parts.onRole('leader', this.#parts.tab);
    this.#beatOn();
  }

  #beatOn(): void {
    this.#beat();
    this.#wait(BEAT_MS, () => this.#beatOn());
  }

  #beat(): void {
    this.#post({ type: 'beat', term: this.#state.term });
  }

  #wait(ms: number, task: () => void): void {
    this.#cancel();
    this.#cancel = this.#parts.clock.after(ms, task);
  }

  #post(message: { type: 'probe' } | { type: 'beat' | 'claim' | 'resign'; term: number }): void {
    this.#parts.channel.post({ from: this.#parts.tab, ...message });
  }
}
