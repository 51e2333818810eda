// What was acknowledged: number and key of every message, by conversation. After the load it is compared with what the
// server reads back; an acknowledged message that is not there, or not under its number, is lost.

export type StoredMessage = { readonly seq: number; readonly key: string };

export class AckLedger {
  readonly #byConversation = new Map<string, Map<number, string>>();
  #count = 0;
  /** Two acknowledgements of different messages with one number. */
  #doubled = 0;

  get count(): number {
    return this.#count;
  }

  conversations(): readonly string[] {
    return [...this.#byConversation.keys()];
  }

  acked(conversation: string, { seq, key }: StoredMessage): void {
    const acked = this.#byConversation.get(conversation) ?? new Map<number, string>();
    this.#byConversation.set(conversation, acked);
    if (acked.has(seq)) this.#doubled += 1;
    acked.set(seq, key);
    this.#count += 1;
  }

  /** The lowest and the highest number acknowledged; zeros where there is none. */
  range(conversation: string): { readonly lowest: number; readonly highest: number } {
    let [lowest, highest] = [Number.MAX_SAFE_INTEGER, 0];
    for (const seq of this.#byConversation.get(conversation)?.keys() ?? []) {
      lowest = Math.min(lowest, seq);
      highest = Math.max(highest, seq);
    }
    return highest === 0 ? { lowest: 0, highest: 0 } : { lowest, highest };
  }

  /** How many acknowledged messages of all conversations are not stored as they were acknowledged. */
  lost(stored: ReadonlyMap<string, readonly StoredMessage[]>): number {
    let lost = this.#doubled;
    for (const [conversation, acked] of this.#byConversation) {
      const found = new Map(stored.get(conversation)?.map(({ seq, key }) => [seq, key]));
      for (const [seq, key] of acked) if (found.get(seq) !== key) lost += 1;
    }
    return lost;
  }
}
