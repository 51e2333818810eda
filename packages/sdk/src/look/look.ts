// How the workspace looks: read after each welcome, and followed by what is signalled meanwhile, which is newer than what was asked
// before. After a connection that was lost it is asked for within some seconds, since a whole workspace may come back at once. Apart
// from the rest, for apps that want it.
import type { OperationResult } from '@kith/protocol';
import type { Chat } from '../chat.js';
import { type Observable, Value } from '../observable.js';
import type { Cancel, Platform } from '../ports.js';
import { Refusal } from '../refusal.js';
import type { ReplicaEvent } from '../replica/replica-event.js';

const PATH = '/workspace/look';
/** The longest wait after a connection that is not the first. */
const SPREAD_MS = 5_000;

/** What it needs of a person: any `Person` has it. */
export type Looking = {
  readonly client: {
    readonly replica: { subscribe(listener: (event: ReplicaEvent) => void): Cancel };
    readonly connection: Observable<{ readonly kind: string }>;
    readonly platform: Pick<Platform, 'clock' | 'random'>;
  };
};

/** Made for a person who is signed in; whoever made it closes it. */
export class WorkspaceLook {
  readonly #chat: Pick<Chat, 'request'>;
  readonly #client: Looking['client'];
  readonly #accent = new Value<string | null>(null);
  readonly #unsubscribe: Cancel;
  #waiting: Cancel | null = null;
  #isAsked = false;
  /** How often it was said, by whatever way: what was asked for before that is older. */
  #said = 0;

  constructor(chat: Pick<Chat, 'request'>, { client }: Looking) {
    this.#chat = chat;
    this.#client = client;
    this.#unsubscribe = client.replica.subscribe((event) => {
      if (event.type === 'connected') this.#connected();
      else if (event.type === 'signal' && event.signal.name === 'look') this.#take(event.signal.accent);
    });
    if (client.connection.getSnapshot().kind === 'open') this.#connected();
  }

  /** The name of the workspace's hue, one of `ACCENTS` or of a later server's; null until it is known. */
  get accent(): Observable<string | null> {
    return this.#accent;
  }

  /** @throws Refusal `forbidden` for who doesn't care for the workspace */
  async set(accent: string): Promise<void> {
    this.#take(((await this.#chat.request('PUT', PATH, { accent })) as OperationResult<'look.set'>).accent);
  }

  close(): void {
    this.#unsubscribe();
    this.#waiting?.();
  }

  #take(accent: string): void {
    this.#said += 1;
    this.#accent.set(accent);
  }

  #connected(): void {
    const { clock, random } = this.#client.platform;
    this.#waiting?.();
    const delayMs = this.#isAsked ? random.fraction() * SPREAD_MS : 0;
    this.#isAsked = true;
    this.#waiting = clock.after(delayMs, () => {
      this.#waiting = null;
      void this.#read();
    });
  }

  async #read(): Promise<void> {
    const said = this.#said;
    try {
      const { accent } = (await this.#chat.request('GET', PATH)) as OperationResult<'look.read'>;
      if (said === this.#said) this.#take(accent);
    } catch (error) {
      // Asked for again with the next connection. A server from before it was there says nothing of it.
      if (!(error instanceof Refusal)) throw error;
    }
  }
}
