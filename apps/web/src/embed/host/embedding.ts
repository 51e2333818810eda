// One chat in a site's page: its frame, and the channel to it. The frame gets a port where it says hello from the server's
// origin, and a new one where it was loaded anew; the port before is closed then. Nothing that comes from elsewhere is heard.
import { connect, isHello, type Place, readToHost, type ToFrame, type ToHost } from '../contract.js';
import { lookOf, type OpenOptions, placeOf, tokenOf, warn } from './options.js';
import { Shell } from './shell.js';

/** By then a session was ended at the server, or can't be. */
const CLOSING_MS = 4_000;

export class Embedding {
  readonly #server: string;
  readonly #options: OpenOptions;
  readonly #shell: Shell;
  #port: MessagePort | null = null;
  #asked: Promise<string | null> | null = null;
  #wanted: Place | null;
  #isClosed = false;
  #onClosed = (): void => {};

  /** @param server its origin */
  constructor(server: string, options: OpenOptions) {
    this.#server = server;
    this.#options = options;
    this.#wanted = placeOf(options);
    this.#shell = new Shell({
      address: `${server}/embed`,
      isPanel: options.target === undefined,
      theme: lookOf(options).theme,
      onShown: (isShown) => this.#tell({ type: 'shown', isShown }),
    });
    window.addEventListener('message', this.#heard);
    whenReady(options.target === undefined, () => this.#place());
  }

  show(wanted: Pick<OpenOptions, 'conversation' | 'person'>): void {
    const place = placeOf(wanted);
    if (place !== null) {
      this.#wanted = place;
      this.#tell({ type: 'place', place });
    }
    this.#shell.show(true);
  }

  hide(): void {
    this.#shell.show(false);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#shell.hide();
    if (this.#port !== null) {
      await new Promise<void>((resolve) => {
        this.#onClosed = resolve;
        setTimeout(resolve, CLOSING_MS);
        this.#tell({ type: 'close' });
      });
    }
    window.removeEventListener('message', this.#heard);
    this.#port?.close();
    this.#port = null;
    this.#shell.remove();
  }

  #place(): void {
    if (this.#isClosed) return;
    const { target } = this.#options;
    const element = typeof target === 'string' ? document.querySelector(target) : target;
    if (element === null) warn(`nothing in the page is ${target}`);
    else this.#shell.place(element ?? document.body);
  }

  readonly #heard = ({ source, origin, data }: MessageEvent): void => {
    const { window: frame } = this.#shell;
    if (frame === null || source !== frame || origin !== this.#server || !isHello(data)) return;
    const { port1, port2 } = new MessageChannel();
    this.#port?.close();
    this.#port = port1;
    port1.onmessage = (event) => {
      const said = readToHost(event.data);
      if (said !== null) void this.#take(port1, said);
    };
    const { isPanel, isShown } = this.#shell;
    const settings = { ...lookOf(this.#options), place: this.#wanted, isPanel, isShown };
    frame.postMessage(connect(settings), this.#server, [port2]);
  };

  async #take(port: MessagePort, said: ToHost): Promise<void> {
    switch (said.type) {
      case 'ask': {
        // Whoever asks twice gets one answer.
        this.#asked ??= tokenOf(this.#options).finally(() => {
          this.#asked = null;
        });
        const token = await this.#asked;
        port.postMessage({ type: 'token', id: said.id, token } satisfies ToFrame);
        return;
      }
      case 'state':
        return this.#shell.name(said);
      case 'leave':
        return this.#shell.show(false);
      case 'closed':
        return this.#onClosed();
    }
  }

  #tell(message: ToFrame): void {
    this.#port?.postMessage(message);
  }
}

/** A panel waits until the page has all that is its own. */
function whenReady(isLate: boolean, then: () => void): void {
  const { readyState } = document;
  if (readyState === 'complete' || (!isLate && readyState === 'interactive')) then();
  else if (isLate) window.addEventListener('load', then, { once: true });
  else document.addEventListener('DOMContentLoaded', then, { once: true });
}
