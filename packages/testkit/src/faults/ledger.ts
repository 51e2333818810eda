// The independent record of a fault test: what was asked, what was confirmed and where, what each device was shown first and
// in which run of the server, and every breach of a rule that a device met. It knows nothing of the server's inside.
import type { Entry } from '@kith/protocol';

export type Said = {
  readonly device: string;
  readonly conversation: string;
  readonly key: string;
  readonly text: string;
  /** How often it was sent so far, and in which run of the server the last time. */
  sends: number;
  lastRun: number;
};

export type Acked = {
  readonly conversation: string;
  readonly key: string;
  readonly epoch: number;
  readonly seq: number;
  readonly duplicate: boolean;
  /** The run of the server that confirmed it. */
  readonly run: number;
  /** How often the message had been sent by then. */
  readonly sends: number;
};

export type Seen = { readonly entry: Entry; readonly run: number };

/** What one device was shown, by conversation and number; the first showing counts. */
export type SeenLog = Map<string, Map<number, Seen>>;

/** More breaches than this say nothing new. */
const MOST_BREACHES = 50;

export class Ledger {
  /** In the order in which they were said. */
  readonly said = new Map<string, Said>();
  readonly acked = new Map<string, Acked>();
  readonly seen = new Map<string, SeenLog>();
  readonly breaches: string[] = [];

  say(said: Omit<Said, 'sends' | 'lastRun'>): Said {
    const row = { ...said, sends: 0, lastRun: 0 };
    this.said.set(said.key, row);
    return row;
  }

  ack(acked: Acked): void {
    const before = this.acked.get(acked.key);
    if (before === undefined) this.acked.set(acked.key, acked);
    else if (before.seq !== acked.seq || before.epoch !== acked.epoch) {
      this.breach(`the key ${acked.key} was confirmed as ${before.seq}, then as ${acked.seq}`);
    }
  }

  /** @returns false where the device had it already */
  see(device: string, seen: Seen): boolean {
    const { conversation, seq, key, author } = seen.entry;
    const byConversation = this.seen.get(device) ?? new Map<string, Map<number, Seen>>();
    this.seen.set(device, byConversation);
    const bySeq = byConversation.get(conversation) ?? new Map<number, Seen>();
    byConversation.set(conversation, bySeq);
    const before = bySeq.get(seq)?.entry;
    if (before === undefined) {
      bySeq.set(seq, seen);
      return true;
    }
    if (before.key !== key || before.author !== author || before.body.text !== seen.entry.body.text) {
      this.breach(`${device} was shown two entries with the number ${seq}`);
    }
    return false;
  }

  breach(text: string): void {
    if (this.breaches.length < MOST_BREACHES) this.breaches.push(text);
  }
}
