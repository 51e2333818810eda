// The bus over Redis 7: a channel for each topic, to which a node is subscribed as long as it listens. Redis holds nothing:
// it may be emptied, restarted or away, and then nodes hear of each other through the change feed of the log alone.
// Everybody who can publish there is believed: it is a part of the cluster, like the database (docs/threat-model.md).
import type { Bus, Unsubscribe } from '../core/bus.js';
import type { Clock, Random } from '../core/clock.js';
import type { Telemetry } from '../core/telemetry.js';
import { type RedisClient, RedisConnection } from './redis-connection.js';
import { Topics } from './topics.js';

export type RedisBusParts = {
  readonly url: string;
  /** Part of every channel: nodes of other stores may use the same Redis, and none may hear them. */
  readonly scope: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** How long it may say nothing; see RedisConnection. */
  readonly silenceMs?: number;
};

type Subscription = { readonly onMessage: (message: string) => void; readonly onGap: () => void };

/** Channels in one command, so that others get their turn where many are wanted. */
const MOST_CHANNELS = 500;
/** UTF-16 units that may be on their way to Redis; what is more is not sent. */
const MOST_WAITING = 8_388_608;
/** Before each message: the node that sent it, which does not hear itself. */
const TAG_BYTES = 9;

export class RedisBus implements Bus {
  readonly #topics = new Topics<Subscription>();
  /** Those to which the present connection is subscribed. */
  #channels = new Set<string>();
  /** Those of which it is not known whether it should be. */
  #changed = new Set<string>();
  readonly #prefix: string;
  readonly #tag: string;
  readonly #telemetry: Telemetry;
  readonly #connection: RedisConnection;
  #client: RedisClient | null = null;
  #waiting = 0;
  #isFollowing = false;
  /** Messages may have been lost since the subscribers were last told so. */
  #hasGap = false;

  constructor({ scope, ...parts }: RedisBusParts) {
    this.#prefix = `kith:${scope}:`;
    this.#tag = Buffer.from(parts.random.bytes(TAG_BYTES)).toString('base64url');
    this.#telemetry = parts.telemetry;
    this.#telemetry.gauge('kith_bus_connected', 0);
    this.#connection = new RedisConnection({
      ...parts,
      onUp: (client) => this.#begin(client),
      onDown: () => this.#end(),
    });
  }

  get isConnected(): boolean {
    return this.#client !== null;
  }

  publish(topic: string, message: string): void {
    const client = this.#client;
    const size = message.length;
    if (client === null || this.#waiting + size > MOST_WAITING) {
      this.#telemetry.count('kith_bus_lost_total');
      return;
    }
    this.#waiting += size;
    client.publish(this.#prefix + topic, this.#tag + message).then(
      () => {
        this.#waiting -= size;
        this.#telemetry.count('kith_bus_published_total');
      },
      () => {
        this.#waiting -= size;
        this.#telemetry.count('kith_bus_lost_total');
      },
    );
  }

  subscribe(topic: string, onMessage: (message: string) => void, onGap: () => void): Unsubscribe {
    const subscription = { onMessage, onGap };
    this.#topics.add(topic, subscription);
    this.#change(topic);
    return () => {
      this.#topics.remove(topic, subscription);
      this.#change(topic);
    };
  }

  /** What was published goes out first, where Redis takes it. */
  async close(): Promise<void> {
    this.#client = null;
    await this.#connection.close();
  }

  #begin(client: RedisClient): void {
    this.#client = client;
    this.#telemetry.gauge('kith_bus_connected', 1);
    this.#channels = new Set();
    this.#changed = new Set(this.#topics.names());
    this.#follow();
  }

  #end(): void {
    this.#client = null;
    this.#hasGap = true;
    this.#telemetry.gauge('kith_bus_connected', 0);
  }

  #change(topic: string): void {
    if (this.#topics.isWanted(topic) === this.#channels.has(topic)) this.#changed.delete(topic);
    else this.#changed.add(topic);
    this.#follow();
  }

  /** Has the connection listen to what is wanted, a bounded number of channels at a time. */
  #follow(): void {
    const client = this.#client;
    if (client === null || this.#isFollowing) return;
    this.#isFollowing = true;
    this.#followAll(client)
      .catch((error: unknown) => {
        if (client !== this.#client) return;
        this.#telemetry.warn('the bus does not take subscriptions', { reason: String(error) });
        this.#connection.drop();
      })
      .finally(() => {
        this.#isFollowing = false;
        // Another connection began meanwhile.
        if (client !== this.#client) this.#follow();
      });
  }

  async #followAll(client: RedisClient): Promise<void> {
    // What is wanted in the same turn goes in one command.
    await null;
    while (client === this.#client && this.#changed.size > 0) {
      const topics: string[] = [];
      for (const topic of this.#changed) if (topics.push(topic) === MOST_CHANNELS) break;
      for (const topic of topics) this.#changed.delete(topic);
      await this.#turn(client, topics);
    }
    if (client !== this.#client || !this.#hasGap) return;
    this.#hasGap = false;
    for (const topic of this.#topics.names()) this.#topics.each(topic, ({ onGap }) => onGap());
  }

  async #turn(client: RedisClient, topics: readonly string[]): Promise<void> {
    const wanted = topics.filter((topic) => this.#topics.isWanted(topic));
    const unwanted = topics.filter((topic) => !this.#topics.isWanted(topic));
    const channelsOf = (names: readonly string[]) => names.map((name) => this.#prefix + name);
    if (wanted.length > 0) await client.subscribe(channelsOf(wanted), this.#take);
    if (unwanted.length > 0) await client.unsubscribe(channelsOf(unwanted), this.#take);
    if (client !== this.#client) return;
    for (const topic of wanted) this.#channels.add(topic);
    for (const topic of unwanted) this.#channels.delete(topic);
    this.#telemetry.gauge('kith_bus_channels', this.#channels.size);
    // Wanted or not any more meanwhile.
    for (const topic of topics)
      if (this.#topics.isWanted(topic) !== this.#channels.has(topic)) this.#changed.add(topic);
  }

  readonly #take = (text: string, channel: string): void => {
    if (text.startsWith(this.#tag)) return;
    this.#telemetry.count('kith_bus_received_total');
    const message = text.slice(this.#tag.length);
    this.#topics.each(channel.slice(this.#prefix.length), ({ onMessage }) => {
      try {
        onMessage(message);
      } catch (error) {
        // Not the error itself: it may quote what people wrote.
        const reason = error instanceof Error ? error.name : typeof error;
        this.#telemetry.warn('a message of the bus could not be read', { reason });
      }
    });
  };
}
