// A stream that is fetched by waiting requests, one after another: what comes between two of them waits here, up to some
// bytes, and above that in the outbox, where it can give way to gaps. An answer that did not get through ends the
// connection, since what it held is lost; so does a client that asks no more.
import type { Clock } from '../core/clock.js';
import type { ClientSocket, Framing, SocketListener } from './client-socket.js';
import type { WritableSocket } from './outbox.js';
import { endItem, listOf, POLL_FRAMING } from './text-framing.js';

/** An answer that is this large is not made larger, in bytes. */
const ANSWER_BYTES = 262_144;

/** One request, from when it came to when its answer has gone. */
type Turn = {
  readonly answer: (list: Buffer) => void;
  readonly hangUp: () => void;
  /** Null while there is nothing to wait for: the opening is answered with what opens it. */
  readonly cancel: (() => void) | null;
  isDue: boolean;
};

export class PollSocket implements ClientSocket, WritableSocket {
  readonly transport = 'poll';
  readonly framing: Framing = POLL_FRAMING;
  readonly isPaused = false;
  readonly #clock: Clock;
  #listener: SocketListener | null = null;
  #items: Uint8Array[] = [];
  #itemBytes = 0;
  /** The outbox, where it waits for room. */
  #drain: (() => void) | null = null;
  #waiting: Turn | null = null;
  /** Whose answer is on its way. */
  #answering: Turn | null = null;
  #isScheduled = false;
  #endCode: number | null = null;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True while a request waits: a second one is one too many. */
  get isPresent(): boolean {
    return this.#waiting !== null;
  }

  get writableLength(): number {
    return this.#itemBytes;
  }

  get destroyed(): boolean {
    return this.#isClosed;
  }

  /**
   * Answers with a list of what there is, as soon as there is something, and with an empty one after `waitMs`.
   * To be called only while none waits; `left` is to be called when the answer has gone.
   * @param waitMs null to wait until there is something
   * @param hangUp ends the request without an answer
   */
  poll(waitMs: number | null, hangUp: () => void): Promise<Buffer> {
    this.#listener?.pong();
    return new Promise((resolve) => {
      const cancel = waitMs === null ? null : this.#clock.after(waitMs, () => this.#timeIsUp());
      this.#waiting = { answer: resolve, hangUp, cancel, isDue: this.#isClosed };
      this.#answer();
    });
  }

  /** The request is over. @param isWhole whether all of the answer was written */
  left(isWhole: boolean): void {
    const hasEnded = this.#answering !== null && this.#endCode !== null && this.#items.length === 0;
    this.#answering = null;
    if (!isWhole || hasEnded) {
      this.#gone();
      return;
    }
    this.#listener?.pong();
    this.#answer();
  }

  write(bytes: Uint8Array): void {
    this.#items.push(bytes);
    this.#itemBytes += bytes.length;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // After the flush that this belongs to, so that all of it is one answer.
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#answer();
    });
  }

  once(_event: 'drain', listener: () => void): void {
    this.#drain = listener;
  }

  listen(listener: SocketListener): void {
    this.#listener = listener;
  }

  pause(): void {}

  resume(): void {}

  close(code: number): void {
    if (this.#endCode !== null) return;
    this.#listener?.closing();
    this.#endCode = code;
    this.#items.push(endItem(code));
    this.#answer();
  }

  terminate(): void {
    this.#answering?.hangUp();
    this.#answering = null;
    this.#gone();
  }

  #timeIsUp(): void {
    if (this.#waiting === null) return;
    this.#waiting.isDue = true;
    this.#answer();
  }

  #answer(): void {
    const turn = this.#waiting;
    if (turn === null || this.#answering !== null) return;
    if (this.#items.length === 0 && !turn.isDue) return;
    turn.cancel?.();
    this.#waiting = null;
    this.#answering = turn;
    turn.answer(listOf(this.#take()));
  }

  /** What is here, and what the outbox has waiting behind it. */
  #take(): readonly Uint8Array[] {
    const taken: Uint8Array[] = [];
    let takenBytes = 0;
    do {
      taken.push(...this.#items);
      takenBytes += this.#itemBytes;
      this.#items = [];
      this.#itemBytes = 0;
      const drain = this.#drain;
      this.#drain = null;
      drain?.();
    } while (this.#items.length > 0 && takenBytes < ANSWER_BYTES);
    return taken;
  }

  #gone(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#items = [];
    this.#itemBytes = 0;
    this.#drain = null;
    this.#timeIsUp();
    this.#listener?.closed();
  }
}
