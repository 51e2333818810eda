// Whether the person is at this page: `away` after a minute in the background or five without a touch (rule G6).
// Read marks ask `isHere`: visible, and with the focus.
const HIDDEN_MS = 60_000;
const IDLE_MS = 5 * 60_000;
const TOUCHES = ['pointerdown', 'keydown', 'focusin', 'visibilitychange'];

export class Attention {
  readonly #page: Document;
  readonly #onChange: () => void;
  status: 'online' | 'away' = 'online';
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(page: Document, onChange: () => void) {
    this.#page = page;
    this.#onChange = onChange;
    for (const name of TOUCHES) page.addEventListener(name, this.#touched, { passive: true });
    page.defaultView?.addEventListener('focus', this.#touched);
    this.#arm();
  }

  get isHere(): boolean {
    return this.#page.visibilityState === 'visible' && this.#page.hasFocus();
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const name of TOUCHES) this.#page.removeEventListener(name, this.#touched);
    this.#page.defaultView?.removeEventListener('focus', this.#touched);
  }

  readonly #touched = (): void => {
    if (this.#arm()) this.status = 'online';
    this.#onChange();
  };

  /** @returns whether the page is visible */
  #arm(): boolean {
    clearTimeout(this.#timer);
    const isVisible = this.#page.visibilityState === 'visible';
    const leave = () => {
      this.status = 'away';
      this.#onChange();
    };
    this.#timer = setTimeout(leave, isVisible ? IDLE_MS : HIDDEN_MS);
    return isVisible;
  }
}
