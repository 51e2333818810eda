// Says how far this person has got: delivered up to what is durably held here, read up to what was looked at (rule M12).
// Gathered: the first of a conversation is sent at once, further ones at most every two seconds (G3), where what was read does
// not wait for what was delivered. What the server did
// not get is sent again after the next welcome (C6). Within an epoch nothing goes back.
import { highest, type Mark, NO_MARK } from '../mark.js';
import type { Cancel, Clock } from '../ports.js';
import type { Link } from '../wire/link.js';

export type MarksParts = {
  readonly link: Pick<Link, 'signal'>;
  readonly clock: Clock;
  /** The person's own marks are higher than was known, by this device or another: the replica keeps them and counts with them. */
  readonly onOwn: (conversation: string, own: Mark) => void;
};

type Line = {
  readonly epoch: number;
  /** What is true. */
  own: Mark;
  /** What the server is known to have. */
  server: Mark;
  /** What was sent over the present connection. */
  sent: Mark;
  /** Not before this has ended. */
  wait: Cancel | null;
  /** Something was read since it began. */
  isReadSaid: boolean;
};

const INTERVAL_MS = 2_000;
/** Signals in a second, of all conversations: the server drops what goes beyond its rate, and nobody would say it again. */
const MOST_IN_A_SECOND = 20;

export class Marks {
  readonly #parts: MarksParts;
  /** As many as the person has conversations. */
  readonly #lines = new Map<string, Line>();
  /** Those that wait for the next second. */
  readonly #late = new Set<string>();
  #sentInSecond = 0;
  #second: Cancel | null = null;
  #isOpen = false;

  constructor(parts: MarksParts) {
    this.#parts = parts;
  }

  /**
   * More is held, or was looked at; at the start, what was so in an earlier run.
   * @param epoch of the log as the replica holds it; where the server told another one since, nothing happens
   */
  raise(conversation: string, epoch: number, mark: Partial<Mark>): void {
    const line = this.#lines.get(conversation) ?? this.#begin(conversation, epoch);
    if (line.epoch !== epoch) return;
    this.#own(conversation, line, mark);
    this.#send(conversation);
  }

  /** The server's word: a summary, or a signal of this person's marks. Another epoch begins anew. */
  told(conversation: string, epoch: number, mark: Mark): void {
    let line = this.#lines.get(conversation);
    if (line?.epoch !== epoch) {
      line?.wait?.();
      line = this.#begin(conversation, epoch);
    }
    line.server = highest(line.server, mark);
    this.#own(conversation, line, mark);
  }

  /** The link is open, and `told` has been called for what the welcome says. */
  connected(): void {
    this.#isOpen = true;
    for (const line of this.#lines.values()) line.sent = NO_MARK;
    for (const conversation of this.#lines.keys()) this.#send(conversation);
  }

  disconnected(): void {
    this.#isOpen = false;
  }

  close(): void {
    this.#isOpen = false;
    this.#second?.();
    for (const { wait } of this.#lines.values()) wait?.();
  }

  #begin(conversation: string, epoch: number): Line {
    const line = { epoch, own: NO_MARK, server: NO_MARK, sent: NO_MARK, wait: null, isReadSaid: false };
    this.#lines.set(conversation, line);
    return line;
  }

  #own(conversation: string, line: Line, mark: Partial<Mark>): void {
    const own = highest(line.own, mark);
    if (!isAbove(own, line.own)) return;
    line.own = own;
    this.#parts.onOwn(conversation, own);
  }

  #send(conversation: string): void {
    const line = this.#lines.get(conversation);
    if (!line || !this.#isOpen) return;
    const { epoch, own, server, sent, wait } = line;
    const said = highest(server, sent);
    const isRead = own.read > said.read;
    if (!isAbove(own, said) || (wait && (!isRead || line.isReadSaid))) return;
    if (this.#sentInSecond >= MOST_IN_A_SECOND) {
      this.#late.add(conversation);
      return;
    }
    this.#sentInSecond += 1;
    this.#second ??= this.#parts.clock.after(1_000, () => this.#nextSecond());
    line.sent = own;
    line.isReadSaid = isRead;
    wait?.();
    line.wait = this.#parts.clock.after(INTERVAL_MS, () => {
      line.wait = null;
      this.#send(conversation);
    });
    this.#parts.link.signal({ name: 'marks', conversation, epoch, ...own });
  }

  #nextSecond(): void {
    this.#second = null;
    this.#sentInSecond = 0;
    const late = [...this.#late];
    this.#late.clear();
    for (const conversation of late) this.#send(conversation);
  }
}

function isAbove(mark: Mark, other: Mark): boolean {
  return mark.delivered > other.delivered || mark.read > other.read;
}
