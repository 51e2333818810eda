// The link of one tab among several: the leader holds the connection and passes on what comes, the others ask through it.
// Whoever holds a SharedLink cannot tell which it is: frames come in the order of the stream, commands are answered or
// refused, and after a change of leader everything is as after a reconnection.
import type { CommandName, Params, Result, ServerFrame } from '@kith/protocol';
import type { Cancel, Clock, Random } from '../ports.js';
import { Refusal, refusalOf, unavailable } from '../refusal.js';
import type { Link, LinkEvents, LinkState, OutgoingSignal } from '../wire/link.js';
import { Election, type Role } from './election.js';
import type { TabChannel, TabMessage } from './tab-channel.js';

/** The connection that a leader opens. */
export interface OwnLink extends Link {
  start(): void;
  stop(): void;
}

export type SharedLinkParts = {
  readonly tab: string;
  readonly channel: TabChannel;
  readonly clock: Clock;
  readonly random: Random;
  readonly connect: (events: LinkEvents) => OwnLink;
  readonly events: LinkEvents;
  readonly isStoreGone: () => boolean;
  /**
   * The tab leads or follows from now on. A leader connects when this is done; to a follower frames are told when it is
   * done, and what the leader took before is in the store then. @param isKept false where it is not
   */
  readonly onRole: (role: Role, isKept?: boolean) => Promise<void>;
  /** Resolves when everything that this tab took so far is in the store, or false where it is not. */
  readonly settled: () => Promise<boolean>;
  /** What another tab has to say beside the wire: the leader hears the followers, they hear the leader. */
  readonly onTold: (name: string, value: unknown, from: string) => void;
  /** A command of another tab that this one answers itself; null for the server's. */
  readonly answer: (name: CommandName, params: unknown, from: string) => Promise<unknown> | null;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (refusal: Refusal) => void };

/** What a leader passes on. */
type Heard = TabMessage & { readonly type: 'frame' | 'told' };

const JOIN_AGAIN_MS = 1_000;
/** Commands of this tab that wait for the leader's answer; more are refused. */
const MOST_WAITING = 1_000;
/** What comes while this tab reads the store; more, and it joins anew. */
const MOST_BUFFERED = 10_000;
const CONNECTING: LinkState = { kind: 'connecting' };
/** What only concerns the connection itself. */
const OWN_FRAMES = new Set(['ack', 'error', 'pong', 'bye']);

export class SharedLink implements Link {
  readonly #parts: SharedLinkParts;
  readonly #election: Election;
  readonly #waiting = new Map<number, Waiting>();
  /** Reads of several tabs that ask the same are one. */
  readonly #reads = new Map<string, Promise<unknown>>();
  #state: LinkState = { kind: 'stopped', why: 'closed' };
  #own: OwnLink | null = null;
  #nextId = 1;
  #cancelJoin: Cancel = () => {};
  /** What came of the leader before this tab could take it; null while it takes it at once, or leads. */
  #buffer: Heard[] | null = null;
  /** What the leader last said of its connection. */
  #leading: LinkState = CONNECTING;
  /** Whom this tab follows: what another says that takes itself for the leader is not heard. */
  #leader: string | null = null;
  /** How much this tab said as a leader. */
  #said = 0;
  /** Of what the leader said last; null before it has let this tab in. */
  #number: number | null = null;
  /** Counts changes of role, so that what belongs to an earlier one is dropped. */
  #turn = 0;

  constructor(parts: SharedLinkParts) {
    this.#parts = parts;
    this.#election = new Election({
      ...parts,
      channel: { post: (message) => this.#post(message) },
      onRole: (role, leader) => {
        this.#leader = leader;
        void this.#became(role);
      },
    });
    parts.channel.onMessage((message) => this.#heard(message));
  }

  get state(): LinkState {
    return this.#state;
  }

  get role(): Role {
    return this.#own === null ? 'follower' : 'leader';
  }

  start(): void {
    this.#move(CONNECTING);
    this.#election.start();
  }

  /** As the leader: lets another tab lead. */
  resign(): void {
    this.#election.resign();
  }

  stop(): void {
    this.#leave();
    this.#election.end();
    this.#parts.channel.close();
    this.#move({ kind: 'stopped', why: 'closed' });
  }

  command<N extends CommandName>(name: N, params: Params<N>): Promise<Result<N>> {
    if (this.#own) return this.#own.command(name, params);
    if (this.#state.kind !== 'open' || this.#waiting.size >= MOST_WAITING) {
      return Promise.reject(unavailable('there is no connection'));
    }
    const id = this.#nextId++;
    return new Promise<Result<N>>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.#post({ type: 'command', id, name, params });
    });
  }

  signal(signal: OutgoingSignal): void {
    if (this.#own) this.#own.signal(signal);
    else this.#post({ type: 'signal', signal });
  }

  /** Tells the leader, or as the leader all others. */
  tell(name: string, value: unknown): void {
    this.#post({ type: this.#own ? 'told' : 'wanted', name, value });
  }

  async #became(role: Role): Promise<void> {
    this.#leave();
    const turn = this.#turn;
    this.#move(CONNECTING);
    if (role === 'follower') {
      this.#buffer = [];
      this.#join();
      return;
    }
    await this.#parts.onRole('leader');
    if (turn !== this.#turn) return;
    this.#own = this.#parts.connect({
      onFrame: (frame) => this.#pass(frame),
      onState: (state) => {
        if (turn !== this.#turn) return;
        this.#move(state);
        this.#post({ type: 'state', state });
      },
    });
    this.#own.start();
  }

  /** Lets go of what belonged to the role so far. */
  #leave(): void {
    this.#turn += 1;
    this.#cancelJoin();
    this.#own?.stop();
    this.#own = null;
    this.#buffer = null;
    this.#number = null;
    this.#reads.clear();
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(unavailable('the connection went'));
  }

  #join(): void {
    this.#post({ type: 'join' });
    this.#cancelJoin = this.#parts.clock.after(JOIN_AGAIN_MS, () => this.#join());
  }

  async #joined(isKept: boolean): Promise<void> {
    if (this.#buffer === null) return;
    this.#cancelJoin();
    const turn = this.#turn;
    await this.#parts.onRole('follower', isKept);
    if (turn !== this.#turn) return;
    const buffered = this.#buffer ?? [];
    this.#buffer = null;
    for (const message of buffered) this.#hear(message);
    this.#move(this.#leading);
  }

  #pass(frame: ServerFrame): void {
    if (!OWN_FRAMES.has(frame.type)) this.#post({ type: 'frame', frame });
    this.#parts.events.onFrame(frame);
  }

  #heard(message: TabMessage): void {
    this.#election.take(message);
    if (this.#own) this.#serve(this.#own, message);
    else this.#follow(message);
  }

  #serve(own: OwnLink, message: TabMessage): void {
    switch (message.type) {
      case 'join':
        void this.#letIn(own, message.from);
        return;
      case 'command':
        void this.#answer(own, message);
        return;
      case 'signal':
        own.signal(message.signal);
        return;
      case 'wanted':
        this.#parts.onTold(message.name, message.value, message.from);
        return;
      default:
        return;
    }
  }

  async #letIn(own: OwnLink, to: string): Promise<void> {
    const isKept = await this.#parts.settled();
    if (this.#own === own) this.#post({ type: 'joined', to, state: own.state, isKept });
  }

  async #answer(own: OwnLink, command: TabMessage & { readonly type: 'command' }): Promise<void> {
    const { from: to, id, name, params } = command;
    try {
      const result = await (this.#parts.answer(name as CommandName, params, to) ?? this.#ask(own, name, params));
      this.#post({ type: 'answer', to, id, result });
    } catch (error) {
      const { code, message, retry, retryAfterMs } = error instanceof Refusal ? error : unavailable(String(error));
      this.#post({ type: 'refused', to, id, refusal: { code, message, retry, retryAfterMs } });
    }
  }

  #ask(own: OwnLink, name: string, params: unknown): Promise<unknown> {
    const send = () => own.command(name as CommandName, params as Params<CommandName>) as Promise<unknown>;
    if (!name.endsWith('.read')) return send();
    const key = JSON.stringify([name, params]);
    const known = this.#reads.get(key);
    if (known) return known;
    const asked = send().finally(() => this.#reads.delete(key));
    this.#reads.set(key, asked);
    return asked;
  }

  #follow(message: TabMessage): void {
    const { from, number } = message;
    if (from !== this.#leader || number === undefined) return;
    // Something was lost while this tab slept.
    if (this.#number !== null && number !== ++this.#number) {
      void this.#became('follower');
      return;
    }
    switch (message.type) {
      case 'joined':
        if (message.to !== this.#parts.tab) return;
        this.#number = number;
        this.#leading = message.state;
        void this.#joined(message.isKept);
        return;
      case 'frame':
      case 'told':
        this.#hear(message);
        return;
      case 'state':
        // While this tab reads the store it is remembered.
        this.#leading = message.state;
        if (this.#buffer === null && this.#state.kind !== 'stopped') this.#move(message.state);
        return;
      case 'answer':
        if (message.to === this.#parts.tab) this.#take(message.id)?.resolve(message.result);
        return;
      case 'refused':
        if (message.to === this.#parts.tab) {
          this.#take(message.id)?.reject(refusalOf(message.refusal, 'refused'));
        }
        return;
      default:
        return;
    }
  }

  #hear(message: Heard): void {
    const { events, onTold } = this.#parts;
    if (this.#buffer && this.#buffer.length >= MOST_BUFFERED) void this.#became('follower');
    else if (this.#buffer) this.#buffer.push(message);
    else if (message.type === 'frame') events.onFrame(message.frame as ServerFrame);
    else onTold(message.name, message.value, message.from);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #move(state: LinkState): void {
    const seen: LinkState = state.kind === 'open' && this.#own === null ? { kind: 'open', transport: 'tab' } : state;
    if (this.#own === null && state.kind !== 'open') {
      for (const id of [...this.#waiting.keys()]) this.#take(id)?.reject(unavailable('the connection went'));
    }
    this.#state = seen;
    this.#parts.events.onState(seen);
  }

  #post(message: TabMessage extends infer M ? (M extends { from: string } ? Omit<M, 'from'> : never) : never): void {
    const number = this.#own ? ++this.#said : undefined;
    this.#parts.channel.post({ from: this.#parts.tab, number, ...message } as TabMessage);
  }
}
