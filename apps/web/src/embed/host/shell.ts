// What the site's page shows of it: the frame in a place of the page, or in a panel that a button opens. It stands in a shadow
// of its own, so that the page's styles and these leave each other alone, and is made without any markup or style that a
// content policy forbids. The button is there when the chat has said what it is called.
import type { Settings, ToHost } from '../contract.js';
import { STYLE } from './style.js';

export type ShellParts = {
  /** Of the frame's page. */
  readonly address: string;
  readonly isPanel: boolean;
  readonly theme: Settings['theme'];
  readonly onShown: (isShown: boolean) => void;
};

/** May do what the page itself may, save to lead the site's page elsewhere. */
const SANDBOX =
  'allow-scripts allow-same-origin allow-forms allow-popups allow-popups-to-escape-sandbox allow-downloads';
const BUBBLE =
  'M4 5.5A2.5 2.5 0 0 1 6.5 3h11A2.5 2.5 0 0 1 20 5.5v8a2.5 2.5 0 0 1-2.5 2.5H10l-4.6 4.2A.8.8 0 0 1 4 19.6Z';
const CROSS = 'M6 6 18 18M18 6 6 18';
const MOST_SHOWN = 99;
const ID = 'panel';
/** As the style sheet has it: then the panel is all that there is. */
const FULL = '(max-width: 480px), (max-height: 480px)';

export class Shell {
  readonly isPanel: boolean;
  readonly #parts: ShellParts;
  readonly #element = document.createElement('kith-chat');
  readonly #panel = make('div', { id: ID });
  readonly #frame: HTMLIFrameElement;
  readonly #button = make('button', {
    type: 'button',
    'aria-haspopup': 'dialog',
    'aria-controls': ID,
    'aria-expanded': 'false',
    hidden: '',
  });
  readonly #badge = make('span', { 'aria-hidden': 'true', class: 'badge', hidden: '' });
  readonly #icon = drawing();
  readonly #full = matchMedia(FULL);
  /** Before and behind a frame that hides the page, so that nobody walks on what they don't see. */
  readonly #edges = [make('span', {}), make('span', {})] as const;
  #isShown: boolean;

  constructor(parts: ShellParts) {
    const { address, isPanel, theme } = parts;
    this.#parts = parts;
    this.isPanel = isPanel;
    this.#isShown = !isPanel;
    this.#frame = make('iframe', {
      src: address,
      sandbox: SANDBOX,
      allow: 'clipboard-write',
      referrerpolicy: 'no-referrer',
    });
    const shadow = this.#element.attachShadow({ mode: 'open' });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    shadow.adoptedStyleSheets = [sheet];
    this.#element.dataset.in = isPanel ? 'panel' : 'place';
    this.#element.dataset.theme = theme;
    const [before, after] = this.#edges;
    for (const edge of this.#edges) edge.onfocus = () => this.#frame.focus();
    this.#turn();
    this.#full.addEventListener('change', this.#turn);
    this.#panel.append(before, this.#frame, after);
    shadow.append(this.#panel);
    if (!isPanel) return;
    this.#panel.setAttribute('role', 'dialog');
    this.#button.append(this.#icon, this.#badge);
    shadow.append(this.#button);
    this.#button.onclick = () => this.show(!this.#isShown);
    shadow.addEventListener('keydown', (event) => {
      if (event instanceof KeyboardEvent && event.key === 'Escape') this.show(false);
    });
  }

  get isShown(): boolean {
    return this.#isShown;
  }

  /** Null where it is in no page. */
  get window(): Window | null {
    return this.#frame.contentWindow;
  }

  place(parent: Element): void {
    parent.append(this.#element);
  }

  /** What is in it goes on until it is removed. */
  hide(): void {
    this.#element.hidden = true;
  }

  remove(): void {
    this.#full.removeEventListener('change', this.#turn);
    this.#element.remove();
  }

  /** What is in a place of the page is shown as long as it is there. */
  show(isShown: boolean): void {
    if (!this.isPanel || isShown === this.#isShown) return;
    this.#isShown = isShown;
    this.#panel.classList.toggle('shown', isShown);
    this.#button.setAttribute('aria-expanded', String(isShown));
    this.#icon.firstElementChild?.setAttribute('d', isShown ? CROSS : BUBBLE);
    this.#parts.onShown(isShown);
    if (isShown) this.#frame.focus();
    else this.#button.focus();
  }

  name({ unread, words, title }: Extract<ToHost, { readonly type: 'state' }>): void {
    this.#frame.title = title;
    if (!this.isPanel) return;
    this.#panel.setAttribute('aria-label', title);
    this.#button.setAttribute('aria-label', words);
    this.#button.title = title;
    this.#button.hidden = false;
    this.#badge.hidden = unread === 0;
    this.#badge.textContent = unread > MOST_SHOWN ? `${MOST_SHOWN}+` : String(unread);
  }

  readonly #turn = (): void => {
    for (const edge of this.#edges) edge.tabIndex = this.isPanel && this.#full.matches ? 0 : -1;
  };
}

function make<N extends keyof HTMLElementTagNameMap>(
  name: N,
  attributes: { readonly [name: string]: string },
): HTMLElementTagNameMap[N] {
  const element = document.createElement(name);
  for (const [each, value] of Object.entries(attributes)) element.setAttribute(each, value);
  return element;
}

function drawing(): SVGElement {
  const drawn = (name: string) => document.createElementNS('http://www.w3.org/2000/svg', name);
  const [icon, path] = [drawn('svg'), drawn('path')];
  icon.setAttribute('viewBox', '0 0 24 24');
  icon.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', BUBBLE);
  icon.append(path);
  return icon as SVGElement;
}
