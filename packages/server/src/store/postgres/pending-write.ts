// One write on its way: what is known of it between the call and its answer.
import type { ConversationId } from '@kith/protocol';
import type { Appended, Write } from '../../core/log.js';

export class PendingWrite {
  readonly write: Write;
  /** By the monotonic clock: when its caller is told `unavailable`. */
  readonly deadlineMs: number;
  readonly answer: Promise<Appended>;
  #resolve: (appended: Appended) => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #isSettled = false;

  /** Its key must be asked for in the log before anything is decided. */
  mustLookUp = false;
  /** Its key was asked for and is not there. */
  isLookedUp = false;
  /** The write that it comes after is in the log. */
  isAfterFound = false;
  /** It was sent and nobody knows whether it was written: a refusal can't be told any more. */
  isOutcomeUnknown = false;
  /** A batch with it was refused for its contents: it goes by itself. */
  isSuspect = false;
  /** Its batch is to fail where what it rests on has changed. */
  isGrounded: boolean;

  constructor(write: Write, deadlineMs: number) {
    this.write = write;
    this.deadlineMs = deadlineMs;
    this.isGrounded = write.restsOn !== undefined;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  get conversation(): ConversationId {
    return this.write.conversation;
  }

  /** What it holds in memory, roughly, in bytes. */
  get sizeBytes(): number {
    return 200 + this.write.content.length;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  resolve(appended: Appended): void {
    this.#isSettled = true;
    this.#resolve(appended);
  }

  reject(error: unknown): void {
    this.#isSettled = true;
    this.#reject(error);
  }

  /** It rests on nothing any more afterwards. @throws where it may not be written */
  async judgeAgain(): Promise<void> {
    if (!this.isGrounded) return;
    this.isGrounded = false;
    await this.write.restsOn?.again();
  }

  /** Its batch was not written, or perhaps it was: the log is asked before it is tried again. */
  lookUpAgain(): void {
    this.mustLookUp = true;
    this.isLookedUp = false;
    this.isAfterFound = false;
  }
}
