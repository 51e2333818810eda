// What a run shows while it runs: a line per step with the time since the start, and on a terminal how long the present
// step has taken so far.

const TICK_MS = 500;

export class Progress {
  readonly #startedMs = performance.now();
  readonly #isTerminal = process.stdout.isTTY === true;

  /** Runs one step under its name. @param say what its result comes to, in a few words */
  async step<T>(name: string, run: () => Promise<T>, say: (result: T) => string = () => 'done'): Promise<T> {
    const beganMs = performance.now();
    const elapsed = () => `${((performance.now() - beganMs) / 1_000).toFixed(1)} s`;
    const timer = this.#isTerminal
      ? setInterval(() => process.stdout.write(`\r${this.#stamp()} ${name} … ${elapsed()}`), TICK_MS)
      : null;
    try {
      const result = await run();
      this.line(`${name}: ${say(result)} (${elapsed()})`);
      return result;
    } finally {
      if (timer !== null) clearInterval(timer);
    }
  }

  line(text: string): void {
    process.stdout.write(`${this.#isTerminal ? '\r\x1b[K' : ''}${this.#stamp()} ${text}\n`);
  }

  #stamp(): string {
    return `[${((performance.now() - this.#startedMs) / 1_000).toFixed(1).padStart(6)} s]`;
  }
}
