// The body of an answer as its reader sees it: pieces that come when they come, then an end or an error.
export class AnswerBody implements AsyncIterable<Uint8Array> {
  readonly #chunks: Uint8Array[] = [];
  readonly #left: () => void;
  #end: { readonly error: Error | null } | null = null;
  #wake: (() => void) | null = null;

  /** @param left told when its reader reads no further */
  constructor(left: () => void) {
    this.#left = left;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#wake?.();
  }

  /** Nothing follows. */
  end(error: Error | null): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk) yield chunk;
        else if (this.#end?.error) throw this.#end.error;
        else if (this.#end) return;
        else await this.#more();
      }
    } finally {
      this.#left();
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
