// The frame's end of the channel. The page around it is answered once, where it is of an origin that the server names
// (EMBED_ORIGINS); after that only the port is heard, which nobody else has.
import { create } from 'zustand';
import { hello, type Place, readConnect, readToFrame, type Settings, type ToHost } from '../contract.js';

/** A token that nobody gives is asked for again. */
const ASKING_MS = 20_000;
/** Tokens that are asked for at a time. */
const MOST_ASKED = 8;

/** What the page around wants to be seen. */
type Wanted = {
  readonly isShown: boolean;
  /** Until it was gone to. */
  readonly place: Place | null;
};

/** The page around has no token: nobody is signed in there. */
export class NobodyError extends Error {
  override readonly name = 'NobodyError';
}

export class HostLink {
  readonly settings: Settings;
  readonly useWanted;
  /** What is done where the page around ends it. */
  onClose = async (): Promise<void> => {};
  readonly #port: MessagePort;
  readonly #asked = new Map<number, (token: string | null) => void>();
  #asks = 0;

  constructor(port: MessagePort, settings: Settings) {
    this.settings = settings;
    this.useWanted = create<Wanted>(() => ({ isShown: settings.isShown, place: settings.place }));
    this.#port = port;
    port.onmessage = ({ data }) => void this.#take(data);
  }

  /** @throws NobodyError, and Error where no answer came */
  async ask(): Promise<string> {
    if (this.#asked.size >= MOST_ASKED) throw new Error('too many tokens are asked for already');
    this.#asks += 1;
    const id = this.#asks;
    const token = await new Promise<string | null>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#asked.delete(id);
        reject(new Error('the page gave no token in time'));
      }, ASKING_MS);
      this.#asked.set(id, (given) => {
        clearTimeout(timer);
        resolve(given);
      });
      this.tell({ type: 'ask', id });
    });
    if (token === null) throw new NobodyError('the page has no token');
    return token;
  }

  tell(message: ToHost): void {
    this.#port.postMessage(message);
  }

  /** The place was gone to, or can't be. */
  arrived(): void {
    this.useWanted.setState({ place: null });
  }

  async #take(data: unknown): Promise<void> {
    const said = readToFrame(data);
    if (said === null) return;
    switch (said.type) {
      case 'token': {
        const give = this.#asked.get(said.id);
        this.#asked.delete(said.id);
        give?.(said.token);
        return;
      }
      case 'shown':
        return this.useWanted.setState({ isShown: said.isShown });
      case 'place':
        return this.useWanted.setState({ place: said.place });
      case 'close':
        await this.onClose();
        return this.tell({ type: 'closed' });
    }
  }
}

/**
 * Says hello to the page around, and waits for its answer.
 * @param frame the frame's own window
 * @param origins of the pages that may have it
 */
export function linkToHost(frame: Window, origins: ReadonlySet<string>): Promise<HostLink> {
  return new Promise((resolve) => {
    const heard = ({ source, origin, data, ports: [port] }: MessageEvent) => {
      if (source !== frame.parent || !origins.has(origin) || port === undefined) return;
      const settings = readConnect(data);
      if (settings === null) return;
      frame.removeEventListener('message', heard);
      resolve(new HostLink(port, settings));
    };
    frame.addEventListener('message', heard);
    frame.parent.postMessage(hello(), '*');
  });
}

/** Those that the server has put into its page. */
export function originsIn(page: Document): ReadonlySet<string> {
  const named = page.querySelector('meta[name="kith-embed-origins"]')?.getAttribute('content') ?? '';
  return new Set(named.split(' ').filter((origin) => origin !== ''));
}
