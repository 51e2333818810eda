// What the devices of a live run say and are shown, counted, and written into the history: the ledger of fault tests with a
// recorder behind it.
import { type Acked, Ledger, type Said, type Seen } from '@kith/testkit/faults/ledger';
import type { LiveRecorder } from './live-recorder.js';

export class LiveLedger extends Ledger {
  readonly #recorder: LiveRecorder;
  readonly #places = new Map<string, number>();
  #written = 0;
  /** Of all that was confirmed, what was written last: its place in the order of writing, from 0. */
  latest = -1;
  /** Copies of entries that a device was shown for the first time. */
  delivered = 0;
  /** Messages that were confirmed beside those of the devices' own senders. */
  ackedBeside = 0;

  constructor(recorder: LiveRecorder) {
    super();
    this.#recorder = recorder;
  }

  get sent(): number {
    return this.#written;
  }

  get confirmed(): number {
    return this.acked.size + this.ackedBeside;
  }

  override say(said: Omit<Said, 'sends' | 'lastRun'>): Said {
    this.#places.set(said.key, this.#written);
    this.write(tabOf(said.device), said);
    return super.say(said);
  }

  override ack(acked: Acked): void {
    super.ack(acked);
    this.latest = Math.max(this.latest, this.#places.get(acked.key) ?? -1);
  }

  override see(device: string, seen: Seen): boolean {
    const isFirst = super.see(device, seen);
    if (isFirst) this.delivered += 1;
    return isFirst;
  }

  /** A message that is to be sent until it is answered, by a tab. */
  write(who: string, { conversation, text, key }: Pick<Said, 'conversation' | 'text' | 'key'>): void {
    const id = this.#written;
    this.#written += 1;
    this.#recorder.note({ type: 'wrote', who, id, conversation, text });
    this.#recorder.note({ type: 'kept', who, id, key, isDurable: true });
  }
}

/** A device has one tab. */
export function tabOf(device: string): string {
  return `${device}.1`;
}
