// The people of a load: each with a connection of their own, in a group of 27 and in a conversation with one other. They say
// how far they have read and that they type, and some of them come and go. Receivers walk frames and parse one in some.
import { setTimeout as delay } from 'node:timers/promises';
import type { KithStack } from '../stack/kith-stack.js';
import { LabClient } from '../wire/lab-client.js';
import { noOrderCounts } from '../wire/order-check.js';
import { inParallel } from '../world/in-parallel.js';
import type { World } from '../world/world.js';

export type Place = { readonly conversation: string; readonly members: readonly number[] };

export const GROUP_SIZE = 27;
const PARALLEL = 50;
/** Everybody says once a second how far they have read, a part of them in each turn. */
const MARK_TURNS = 10;
const MARK_EVERY_MS = 100;
const AWAY_MS = 1_000;
/** More than a minute in all. */
const MOST_ATTEMPTS = 12;

export class Crowd {
  readonly counts = noOrderCounts();
  readonly groups: readonly Place[];
  readonly pairs: readonly Place[];
  /** Null is who is away. */
  readonly #clients: (LabClient | null)[];
  readonly #places: readonly (readonly string[])[];
  readonly #marked: Map<string, number>[];
  readonly #stack: KithStack;
  readonly #tokens: readonly string[];
  readonly #parsedEvery: number;
  readonly #ports: readonly number[];
  /** Told of the text of each entry that was parsed. */
  onParsed: (text: string) => void = () => {};
  /** Connections that the server ended. */
  ended = 0;
  comings = 0;
  /** Of those who came back, how often they were told to come later. */
  turnedAway = 0;
  #marking: NodeJS.Timeout | null = null;
  #turn = 0;

  private constructor(
    stack: KithStack,
    parts: {
      readonly tokens: readonly string[];
      readonly groups: readonly Place[];
      readonly pairs: readonly Place[];
      readonly parsedEvery: number;
      readonly ports: readonly number[];
    },
  ) {
    this.#stack = stack;
    this.#tokens = parts.tokens;
    this.#parsedEvery = parts.parsedEvery;
    this.#ports = parts.ports;
    this.groups = parts.groups;
    this.pairs = parts.pairs;
    this.#clients = parts.tokens.map(() => null);
    this.#marked = parts.tokens.map(() => new Map());
    const places = [...parts.groups, ...parts.pairs];
    this.#places = parts.tokens.map((_, person) =>
      places.filter(({ members }) => members.includes(person)).map(({ conversation }) => conversation),
    );
  }

  /**
   * @param people so many, a multiple of 54
   * @param ports of the nodes, over which everybody is spread by chance, the same in each run
   * @param onConnecting told how many are connected so far
   */
  static async open(
    stack: KithStack,
    {
      people: count,
      parsedEvery,
      ports = [stack.port],
    }: { readonly people: number; readonly parsedEvery: number; readonly ports?: readonly number[] },
    onConnecting: (connected: number) => void,
  ): Promise<Crowd> {
    const people = await stack.store.people(count);
    const make = async (sets: readonly (readonly number[])[]): Promise<readonly Place[]> => {
      const conversations = await stack.store.conversations(sets.map((set) => set.flatMap((at) => people[at] ?? [])));
      return sets.map((members, at) => ({ conversation: conversations[at] ?? '', members }));
    };
    const groups = await make(setsOf(count, GROUP_SIZE));
    const pairs = await make(setsOf(count, 2));
    const crowd = new Crowd(stack, {
      tokens: people.map(({ token }) => token),
      ...{ groups, pairs, parsedEvery, ports },
    });
    let connected = 0;
    const numbers = people.map((_, person) => person);
    await inParallel(PARALLEL, numbers, async (person) => {
      await crowd.#come(person);
      connected += 1;
      onConnecting(connected);
    });
    return crowd;
  }

  get size(): number {
    return this.#tokens.length;
  }

  /** Where who is away has none. */
  clientOf(person: number): LabClient | null {
    return this.#clients[person] ?? null;
  }

  /** As the checks of the lab take it: with those who are there. */
  world(): World {
    const rooms = [...this.groups, ...this.pairs].map(({ conversation, members }) => ({
      conversation,
      clients: members.flatMap((person) => this.#clients[person] ?? []),
    }));
    return { stack: this.#stack, rooms, counts: this.counts, close: () => this.close() };
  }

  /** Everybody says from now on how far they have read. */
  readAlong(): void {
    this.#marking ??= setInterval(() => this.#mark(), MARK_EVERY_MS);
  }

  /** Somebody leaves, where nothing of theirs is under way, and comes back after a while. */
  async leaveAndComeBack(person: number): Promise<void> {
    const client = this.#clients[person];
    if (!client || client.pending > 0) return;
    this.#clients[person] = null;
    client.close();
    await delay(AWAY_MS);
    // Who is told to come later does.
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#come(person);
        break;
      } catch (error) {
        if (attempt === MOST_ATTEMPTS) {
          throw new Error(`person ${person} could not come back in ${MOST_ATTEMPTS} attempts: ${String(error)}`, {
            cause: error,
          });
        }
        this.turnedAway += 1;
        await delay(AWAY_MS * attempt);
      }
    }
    this.comings += 1;
  }

  close(): void {
    if (this.#marking !== null) clearInterval(this.#marking);
    this.#marking = null;
    for (const client of this.#clients) client?.close();
  }

  async #come(person: number): Promise<void> {
    const client = await LabClient.open({
      port: this.#portOf(person),
      token: this.#tokens[person] ?? '',
      numbering: 'next',
      counts: this.counts,
      parsedEvery: this.#parsedEvery,
      parsed: (text) => this.onParsed(text),
      ended: () => {
        this.ended += 1;
      },
    });
    this.#clients[person] = client;
  }

  /** Knuth's multiplicative hash: neighbours, who are in one group, are on any nodes. */
  #portOf(person: number): number {
    const drawn = Math.imul(person + 1, 2_654_435_761) >>> 16;
    return this.#ports[drawn % this.#ports.length] ?? this.#stack.port;
  }

  #mark(): void {
    this.#turn = (this.#turn + 1) % MARK_TURNS;
    for (let person = this.#turn; person < this.#clients.length; person += MARK_TURNS) {
      const client = this.#clients[person];
      if (client && !client.isClosed) this.#markOf(client, person);
    }
  }

  #markOf(client: LabClient, person: number): void {
    const marked = this.#marked[person];
    for (const conversation of this.#places[person] ?? []) {
      const last = client.order.last(conversation);
      if (last <= (marked?.get(conversation) ?? 0)) continue;
      marked?.set(conversation, last);
      client.mark(conversation);
    }
  }
}

/** People one after another in sets of a size that divides their number. */
function setsOf(count: number, size: number): readonly (readonly number[])[] {
  return Array.from({ length: count / size }, (_, set) => Array.from({ length: size }, (__, at) => set * size + at));
}
