// A connection to Redis 7 that comes again: it is made, and when it ends, or says nothing for too long, another one is made
// after a moment. Nothing is kept from one to the next, and nothing waits for it.
import { createClient } from '@redis/client';
import type { Cancel, Clock, Random } from '../core/clock.js';
import type { Telemetry } from '../core/telemetry.js';

export type RedisClient = ReturnType<typeof clientOf>;

export type RedisConnectionParts = {
  /** `redis:` or `rediss:`, with user and password where Redis wants them. */
  readonly url: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** It is given up where nothing has come for so long; Redis is asked whether it is there three times within that. */
  readonly silenceMs?: number;
  /** There is a connection, which has subscribed to nothing yet. */
  readonly onUp: (client: RedisClient) => void;
  /** It is gone, and all that was under way on it. */
  readonly onDown: () => void;
};

const CONNECT_MS = 5_000;
const CLOSE_MS = 500;
const SILENCE_MS = 15_000;
/** From the end of a connection to the next: doubled from try to try, half of it by chance. */
const FIRST_WAIT_MS = 100;
const MOST_WAIT_MS = 2_000;

export class RedisConnection {
  readonly #parts: RedisConnectionParts;
  #client: RedisClient | null = null;
  #waitMs = FIRST_WAIT_MS;
  #waiting: Cancel | null = null;
  /** What was said last of why there is none, so that it is said once. */
  #said = '';
  #isClosed = false;

  constructor(parts: RedisConnectionParts) {
    this.#parts = parts;
    this.#connect();
  }

  /** Gives this one up: another is made. */
  drop(): void {
    this.#ended(this.#client, new Error('it was given up'));
  }

  /** What is under way is answered first, if that is soon. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#waiting?.();
    const client = this.#client;
    this.#client = null;
    if (client?.isReady) await new Promise<void>((resolve) => this.#settle(client, resolve));
    client?.destroy();
  }

  #settle(client: RedisClient, onSettled: () => void): void {
    const cancel = this.#parts.clock.after(CLOSE_MS, onSettled);
    client.close().then(() => {
      cancel();
      onSettled();
    }, onSettled);
  }

  #connect(): void {
    const client = clientOf(this.#parts.url, this.#parts.silenceMs ?? SILENCE_MS);
    this.#client = client;
    client.on('error', (error: Error) => this.#ended(client, error));
    client.connect().then(
      () => this.#begun(client),
      (error: unknown) => this.#ended(client, error),
    );
  }

  #begun(client: RedisClient): void {
    if (client !== this.#client) return;
    const { telemetry, onUp } = this.#parts;
    this.#waitMs = FIRST_WAIT_MS;
    this.#said = '';
    telemetry.info('the bus is there');
    onUp(client);
  }

  #ended(client: RedisClient | null, error: unknown): void {
    if (client === null || client !== this.#client || this.#isClosed) return;
    const { clock, random, telemetry, onDown } = this.#parts;
    this.#client = null;
    client.destroy();
    const reason = error instanceof Error ? error.message : String(error);
    if (reason !== this.#said) telemetry.warn('the bus is away: it is tried again', { reason });
    this.#said = reason;
    onDown();
    const [byte = 0] = random.bytes(1);
    this.#waiting = clock.after(this.#waitMs * (0.5 + byte / 512), () => this.#connect());
    this.#waitMs = Math.min(2 * this.#waitMs, MOST_WAIT_MS);
  }
}

/** One connection that publishes and listens at once (RESP3), is made once, and queues nothing while there is none. */
function clientOf(url: string, silenceMs: number) {
  return createClient({
    url,
    RESP: 3,
    disableOfflineQueue: true,
    maintNotifications: 'disabled',
    pingInterval: silenceMs / 3,
    socket: { connectTimeout: CONNECT_MS, socketTimeout: silenceMs, reconnectStrategy: false },
  });
}
