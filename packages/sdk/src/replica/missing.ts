// What has to be read, and the cursor that waits for it: it is moved only when everything that it vouches for is known, so
// that a run that ends before then is told of it again (rules C1, C4, C8, C9).

/** An entry that was seen and could not be taken. */
export type Seen = { readonly epoch: number; readonly seq: number };

export class Missing {
  /** Conversations whose summary has to be read, with what was seen of them. */
  readonly summaries = new Map<string, Seen | null>();
  /** The list of conversations has more pages than `welcome` held. */
  isListWanted = false;
  /** The cursor for the next `hello`; null where there is none. */
  since: string | null = null;
  #next: string | null = null;
  /** Conversations that a list of all has not named so far. */
  #unlisted = new Set<string>();

  /** As a store has it. */
  begin(since: string | null): void {
    this.since = since;
    this.#next = null;
  }

  /** What is held may lack anything: all are listed anew. @param held the conversations that are known */
  relist(held: Iterable<string>): void {
    this.begin(null);
    this.welcome(true, held);
    this.isListWanted = true;
  }

  /** A connection begins. @param held the conversations that are known; those that are gone are not on a list of all */
  welcome(isAll: boolean, held: Iterable<string>): void {
    this.#unlisted = new Set(isAll ? held : []);
    this.#next = null;
  }

  want(id: string, seen: Seen | null): void {
    this.summaries.set(id, seen ?? this.summaries.get(id) ?? null);
  }

  /** A summary came. @returns what was seen before it */
  came(id: string): Seen | null {
    const seen = this.summaries.get(id) ?? null;
    this.forget(id);
    return seen;
  }

  forget(id: string): void {
    this.summaries.delete(id);
    this.#unlisted.delete(id);
  }

  /** The list is at its end. Of what was not on a list of all one was removed, or it is gone: reading it tells. */
  endList(since: string): void {
    this.isListWanted = false;
    for (const id of this.#unlisted) this.want(id, null);
    this.#unlisted.clear();
    this.#next = since;
  }

  synced(since: string): void {
    if (!this.isListWanted) this.#next = since;
  }

  /** @returns whether the cursor is another one now */
  settle(): boolean {
    if (this.#next === null || this.isListWanted || this.summaries.size > 0) return false;
    this.since = this.#next;
    this.#next = null;
    return true;
  }
}
