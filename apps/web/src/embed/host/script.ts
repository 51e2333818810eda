// `/embed.js`, as a site's page loads it. It leaves one name in the page, `Kith`, and whatever its own tag asks for opens by
// itself. A page that has it twice has one chat: the second does nothing.
import { Embedding } from './embedding.js';
import { type OpenOptions, optionsOf } from './options.js';

type Place = Pick<OpenOptions, 'conversation' | 'person'>;

type Kith = {
  /** Puts the chat into the page, in the place of one that is there. */
  open(options: OpenOptions): void;
  /** Shows the panel, and a conversation or a person where one is named. */
  show(place?: Place): void;
  hide(): void;
  /** Ends the session, and takes the chat out of the page. */
  close(): Promise<void>;
};

declare global {
  interface Window {
    Kith?: Kith;
  }
}

const tag = document.currentScript;
if (window.Kith === undefined && tag instanceof HTMLScriptElement) begin(tag);

function begin({ src, dataset }: HTMLScriptElement): void {
  const server = new URL(src).origin;
  let open: Embedding | null = null;
  const close = async () => {
    const closing = open;
    open = null;
    await closing?.close();
  };
  window.Kith = Object.freeze({
    open(options) {
      void close();
      open = new Embedding(server, options);
    },
    show: (place = {}) => open?.show(place),
    hide: () => open?.hide(),
    close,
  } satisfies Kith);
  const options = optionsOf(dataset);
  if (options !== null) window.Kith.open(options);
}
