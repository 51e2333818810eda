// The messages of the open conversation, oldest first, with what happened between them and what is on its way. It stays
// at its end while the reader is there, keeps its place when an older page comes, and asks for one near its top.
import type { Entry } from '@kith/protocol';
import type { Client } from '../client.js';
import type { Conversation } from '../replica/conversation.js';
import { ticksOf } from '../replica/ticks.js';
import { Refusal } from '../wire/api.js';
import type { Unsent } from '../wire/outbox.js';
import { el, KeyedList, on } from './element.js';
import { dayOf, factOf, nameOf, timeOf } from './words.js';

type Tick = { readonly signs: string; readonly words: string; readonly class: string };

type Row =
  | { readonly kind: 'day' | 'fact'; readonly key: string; readonly text: string }
  | {
      readonly kind: 'message';
      readonly key: string;
      readonly text: string;
      readonly time: string;
      /** Shown above the first message of others in groups. */
      readonly author: string | null;
      readonly tick: Tick | null;
      readonly failed: { readonly key: string; readonly reason: string } | null;
    };

/** From the end, in CSS pixels: nearer than that counts as there. */
const NEAR_PX = 60;
const EARLIER_PX = 300;
const WAY: { readonly [status in Unsent['status']]: Tick } = {
  waiting: { signs: '◷', words: 'Waiting to be sent', class: 'tick' },
  sending: { signs: '◷', words: 'Sending', class: 'tick' },
  written: { signs: '✓', words: 'Sent', class: 'tick' },
  failed: { signs: '!', words: 'Not sent', class: 'tick failed' },
};

export class Timeline {
  readonly #rows = el('div', { class: 'rows' });
  readonly #earlier = el('button', { type: 'button', class: 'link earlier' }, 'Earlier messages');
  readonly element = el('div', { class: 'timeline', tabindex: '0', role: 'log', 'aria-live': 'off' });
  readonly #client: Client;
  readonly #items = new KeyedList<Row>(this.#rows, {
    key: ({ key }) => key,
    stamp: (row) => JSON.stringify(row),
    make: (row) => this.#make(row),
  });
  #shown: string | null = null;
  #firstKey: string | undefined;
  #isAtEnd = true;
  #isReading = false;

  constructor(client: Client) {
    this.#client = client;
    this.element.setAttribute('aria-label', 'Messages');
    this.element.append(this.#earlier, this.#rows);
    on(this.#earlier, 'click', () => void this.#readEarlier());
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#settle()).observe(this.element);
  }

  show(): void {
    const conversation = this.#client.open;
    if (!conversation) return;
    if (this.#shown !== conversation.id) {
      this.#shown = conversation.id;
      this.#isAtEnd = true;
    }
    const fromEndPx = this.element.scrollHeight - this.element.scrollTop;
    const rows = this.#rowsOf(conversation);
    this.#earlier.hidden = conversation.after < conversation.first;
    this.#items.show(rows);
    const isPaged = rows[0]?.key !== this.#firstKey;
    this.#firstKey = rows[0]?.key;
    if (isPaged && !this.#isAtEnd) this.element.scrollTop = this.element.scrollHeight - fromEndPx;
    this.#settle();
  }

  #settle(): void {
    if (this.#isAtEnd) this.element.scrollTop = this.element.scrollHeight;
    const isShort = this.element.scrollHeight <= this.element.clientHeight + EARLIER_PX;
    if (isShort && !this.#earlier.hidden) void this.#readEarlier();
  }

  #scrolled(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    this.#client.scrolled(this.#isAtEnd);
    if (scrollTop < EARLIER_PX && !this.#earlier.hidden) void this.#readEarlier();
  }

  /** Where it fails, the button stays to try again. */
  async #readEarlier(): Promise<void> {
    const conversation = this.#client.open;
    if (this.#isReading || !conversation) return;
    this.#isReading = true;
    try {
      await this.#client.reader.readEarlier(conversation);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    } finally {
      this.#isReading = false;
    }
  }

  #rowsOf(conversation: Conversation): readonly Row[] {
    const rows: Row[] = [];
    let day = '';
    let before: Entry | null = null;
    const now = Date.now();
    const unsent = this.#client.outbox.of(conversation.id);
    for (const entry of conversation.entries) {
      const row = this.#rowOf(conversation, entry, before);
      if (row === null) continue;
      const today = dayOf(entry.at, now);
      if (today !== day) rows.push({ kind: 'day', key: `day-${entry.seq}`, text: today });
      day = today;
      rows.push(row);
      before = entry;
    }
    return [...rows, ...unsent.map(rowOfUnsent)];
  }

  #rowOf(conversation: Conversation, entry: Entry, before: Entry | null): Row | null {
    const { replica } = this.#client;
    const key = entry.key === undefined || entry.author !== conversation.me ? `seq-${entry.seq}` : entry.key;
    if (entry.kind !== 'message.sent') {
      const text = factOf(replica, entry);
      return text === null ? null : { kind: 'fact', key: `seq-${entry.seq}`, text };
    }
    const isOwn = entry.author === conversation.me;
    const isFollowing = before?.kind === 'message.sent' && before.author === entry.author;
    const isNamed = !isOwn && !isFollowing && conversation.state.kind !== 'direct';
    return {
      kind: 'message',
      key,
      text: typeof entry.body.text === 'string' ? entry.body.text : 'This message was deleted.',
      time: timeOf(entry.at),
      author: isNamed ? nameOf(replica, entry.author) : null,
      tick: isOwn ? tickOf(conversation, entry.seq) : null,
      failed: null,
    };
  }

  #make(row: Row): HTMLElement {
    if (row.kind !== 'message') return el('p', { class: row.kind, dir: 'auto' }, row.text);
    const side = row.tick === null ? 'theirs' : 'own';
    const message = el('article', { class: `message ${side}` });
    if (row.author !== null) message.append(el('span', { class: 'author' }, el('bdi', {}, row.author)));
    message.append(el('p', { class: 'text', dir: 'auto' }, row.text));
    const foot = el('span', { class: 'foot' }, el('time', {}, row.time));
    if (row.tick) foot.append(tickElement(row.tick));
    message.append(foot);
    if (row.failed) message.append(this.#remedies(row.failed));
    return message;
  }

  #remedies({ key, reason }: { readonly key: string; readonly reason: string }): HTMLElement {
    const again = el('button', { type: 'button', class: 'link' }, 'Send again');
    const drop = el('button', { type: 'button', class: 'link' }, 'Delete');
    on(again, 'click', () => this.#client.outbox.retry(key));
    on(drop, 'click', () => this.#client.outbox.discard(key));
    return el('span', { class: 'remedies' }, `Not sent: ${reason}. `, again, ' ', drop);
  }
}

function rowOfUnsent({ key, text, order, status, reason }: Unsent): Row {
  const failed = status === 'failed' ? { key, reason: reason ?? '' } : null;
  return { kind: 'message', key, text, time: timeOf(order), author: null, tick: WAY[status], failed };
}

function tickOf(conversation: Conversation, seq: number): Tick | null {
  const { step, delivered, read, of } = ticksOf(conversation, seq);
  const isGroup = conversation.state.kind === 'group';
  const count = isGroup && of > 0 ? ` ${read > 0 ? read : delivered}/${of}` : '';
  const words = isGroup ? `Delivered to ${delivered} of ${of}, read by ${read}` : '';
  if (step === 'read') return { signs: `✓✓${count}`, words: words || 'Read', class: 'tick read' };
  if (step === 'delivered') return { signs: `✓✓${count}`, words: words || 'Delivered', class: 'tick' };
  return { signs: `✓${count}`, words: words || 'Sent', class: 'tick' };
}

function tickElement({ signs, words, class: kind }: Tick): HTMLElement {
  return el('span', { class: kind, role: 'img', 'aria-label': words, title: words }, signs);
}
