// Ends tokens of bots whose time has come, so that their connections close as those of a revoked session do. Every node looks
// every two seconds; of several that look at once, one ends a token and tells the others.
import type { Cancel, Clock } from '../clock.js';
import { reportFailure, type Telemetry } from '../telemetry.js';
import type { BotStore, EndedToken } from './bot-store.js';

const EVERY_MS = 2_000;

export type TokenExpiryPorts = {
  readonly bots: Pick<BotStore, 'endExpired'>;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly onEnded: (ended: EndedToken) => void;
};

export class TokenExpiry {
  readonly #ports: TokenExpiryPorts;
  #cancel: Cancel | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(ports: TokenExpiryPorts) {
    this.#ports = ports;
  }

  start(): void {
    if (this.#isStopped) return;
    this.#cancel = this.#ports.clock.after(EVERY_MS, () => {
      this.#looking = this.look()
        .catch((error: unknown) => reportFailure(this.#ports.telemetry, 'expired tokens were not ended', error))
        .finally(() => this.start());
    });
  }

  /** @throws what the store throws */
  async look(): Promise<void> {
    const { bots, clock, onEnded } = this.#ports;
    for (const ended of await bots.endExpired(clock.now())) onEnded(ended);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#looking;
  }
}
