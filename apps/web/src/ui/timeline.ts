// The messages of the open conversation, oldest first, with what happened between them and what is on its way. It stays
// at its end while the reader is there, keeps its place when pages come and go, and asks for one near its top and bottom.
import { type Entry, type EntryBody, isAllowed, type TimelineItem } from '@kith/protocol';
import type { ConversationView, OutboxItem, TimelineView } from '@kith/sdk';
import { type Ticks, ticksOf } from '@kith/sdk/ticks/ticks';
import { el, KeyedList, on } from './element.js';
import { type MenuRow, menuButton, openHistory, rightsOn } from './message-menu.js';
import type { OpenConversation } from './open-conversation.js';
import { type QuoteRow, quoteElement, quoteOf } from './quote.js';
import type { View } from './view.js';
import { dayOf, factOf, timeOf } from './words.js';

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
      /** Who said first what this repeats. */
      readonly source: string | null;
      readonly quote: QuoteRow | null;
      /** Of one that is in the log. */
      readonly seq: number | null;
      /** What a reply to it names; null where nobody may write here, or it was deleted. */
      readonly reply: Answered | null;
      readonly tick: Tick | null;
      readonly failed: { readonly key: string; readonly reason: string; readonly drop: string } | null;
      /** Of one that is in the log and was not deleted. */
      readonly menu: MenuRow | null;
      readonly state: 'said' | 'edited' | 'deleted';
    };

/** The message that is replied to. */
export type Answered = { readonly seq: number; readonly author: string; readonly text: string };

type MessageRow = Extract<Row, { readonly kind: 'message' }>;

/** From the end, in CSS pixels: nearer than that counts as there. */
const NEAR_PX = 60;
const PAGE_PX = 300;
const WAY: { readonly [status in OutboxItem['status']]: Tick } = {
  pending: { signs: '◷', words: 'Waiting to be sent', class: 'tick' },
  sending: { signs: '◷', words: 'Sending', class: 'tick' },
  sent: { signs: '✓', words: 'Sent', class: 'tick' },
  failed: { signs: '!', words: 'Not sent', class: 'tick failed' },
};

const CHANGES = new Set(['message.edit', 'message.delete']);

export class Timeline {
  readonly #rows = el('div', { class: 'rows' });
  readonly #earlier = el('button', { type: 'button', class: 'link earlier' }, 'Earlier messages');
  readonly #later = el('button', { type: 'button', class: 'link earlier' }, 'Later messages');
  readonly #back = el('button', { type: 'button', class: 'back-to-reply', hidden: true }, 'Back to the reply');
  readonly element = el('div', { class: 'timeline', tabindex: '0', role: 'log', 'aria-live': 'off' });
  readonly #view: View;
  readonly #items = new KeyedList<Row>(this.#rows, {
    key: ({ key }) => key,
    stamp: (row) => JSON.stringify(row),
    make: (row) => this.#make(row),
  });
  #open: OpenConversation | null = null;
  /** The message that is gone to, until it is shown. */
  #target: number | null = null;
  /** The reply from which a quoted message was gone to. */
  #from: number | null = null;
  readonly #onReply: (message: Answered) => void;

  /** @param onReply hears which message is to be replied to */
  constructor(view: View, onReply: (message: Answered) => void) {
    this.#view = view;
    this.#onReply = onReply;
    this.element.setAttribute('aria-label', 'Messages');
    this.element.append(this.#earlier, this.#rows, this.#later, this.#back);
    on(this.#back, 'click', () => {
      if (this.#from !== null) this.#goTo(this.#from, null);
    });
    on(this.#earlier, 'click', () => void this.#open?.timeline.loadBefore());
    on(this.#later, 'click', () => void this.#open?.timeline.loadAfter());
    this.element.addEventListener('scroll', () => this.#scrolled(), { passive: true });
    new ResizeObserver(() => this.#settle()).observe(this.element);
  }

  show(open: OpenConversation | null): void {
    if (open?.id !== this.#open?.id) [this.#target, this.#from] = [null, null];
    this.#open = open;
    const conversation = open?.conversation;
    if (!open || !conversation) return;
    const { hasBefore, hasAfter } = open.view;
    const keepPlace = this.#place();
    this.#items.show(this.#rowsOf(open, conversation));
    this.#earlier.hidden = !hasBefore;
    this.#later.hidden = !hasAfter;
    this.#back.hidden = this.#from === null;
    keepPlace();
    this.#arrive();
    this.#settle();
  }

  /** Goes to where what was just written is shown. */
  showEnd(): void {
    if (!this.#open) return;
    this.#open.isAtEnd = true;
    [this.#target, this.#from] = [null, null];
    this.#back.hidden = true;
    if (this.#open.view.hasAfter) void this.#open.timeline.open({ at: 'end' });
    this.#settle();
  }

  /** @param from the reply that is to be come back to */
  #goTo(seq: number, from: number | null): void {
    const open = this.#open;
    if (!open) return;
    [this.#target, this.#from] = [seq, from];
    this.#back.hidden = from === null;
    open.isAtEnd = false;
    if (!this.#arrive()) void open.timeline.open({ at: 'seq', seq });
  }

  /** Shows what was gone to in the middle, with the focus on it. @returns false where it is not there yet */
  #arrive(): boolean {
    const row = this.#target === null ? null : this.#rows.querySelector<HTMLElement>(`[data-seq="${this.#target}"]`);
    if (!row) return false;
    this.#target = null;
    row.scrollIntoView({ block: 'center' });
    row.focus({ preventScroll: true });
    return true;
  }

  /** @returns puts the first row that is in view now, and is still there then, to where it was */
  #place(): () => void {
    const topPx = this.element.scrollTop;
    const seen = [...this.#rows.children].filter((row): row is HTMLElement => row instanceof HTMLElement);
    const tops = seen.map((row) => ({ row, atPx: row.offsetTop, bottomPx: row.offsetTop + row.offsetHeight }));
    return () => {
      const kept = tops.find(({ row, bottomPx }) => bottomPx > topPx && row.isConnected);
      if (kept) this.element.scrollTop = topPx + kept.row.offsetTop - kept.atPx;
    };
  }

  #settle(): void {
    const open = this.#open;
    if (!open) return;
    if (open.isAtEnd && !open.view.hasAfter) this.element.scrollTop = this.element.scrollHeight;
    if (this.element.scrollHeight <= this.element.clientHeight + PAGE_PX) this.#page(true, true);
  }

  #scrolled(): void {
    const open = this.#open;
    if (!open) return;
    const { scrollTop, scrollHeight, clientHeight } = this.element;
    const belowPx = scrollHeight - scrollTop - clientHeight;
    open.isAtEnd = belowPx < NEAR_PX && !open.view.hasAfter;
    open.looked();
    this.#page(scrollTop < PAGE_PX, belowPx < PAGE_PX);
  }

  /** Where it failed, the buttons stay to try again. */
  #page(isNearTop: boolean, isNearBottom: boolean): void {
    const { timeline, view } = this.#open ?? {};
    if (!timeline || !view || view.isLoading || view.error) return;
    if (isNearTop && view.hasBefore) void timeline.loadBefore();
    if (isNearBottom && view.hasAfter) void timeline.loadAfter();
  }

  #rowsOf({ id, view }: OpenConversation, conversation: ConversationView): readonly Row[] {
    const rows: Row[] = [];
    const unsent = this.#view.unsentIn(id);
    let day = '';
    let before: Entry | null = null;
    const now = Date.now();
    for (const entry of view.items) {
      const row = withChange(this.#rowOf(conversation, entry, { before, quotes: view.quotes }), entry, unsent);
      if (row === null) continue;
      const today = dayOf(entry.at, now);
      if (today !== day) rows.push({ kind: 'day', key: `day-${entry.seq}`, text: today });
      day = today;
      rows.push(row);
      before = entry;
    }
    const shown = new Set(rows.map(({ key }) => key));
    const isOnItsWay = ({ command, key }: OutboxItem) => command === 'message.send' && !shown.has(key);
    return view.hasAfter ? rows : [...rows, ...unsent.filter(isOnItsWay).map((item) => this.#rowOfUnsent(item, view))];
  }

  /** It quotes what is in the window, or another quotes. */
  #rowOfUnsent(item: OutboxItem, { items, quotes }: TimelineView): Row {
    const { replyTo } = item.params;
    const shown = items.find(({ seq }) => seq === replyTo);
    const known = shown ? new Map([[shown.seq, shown]]) : quotes;
    return { ...rowOfUnsent(item), quote: quoteOf(this.#view, known, item.params) };
  }

  #rowOf(conversation: ConversationView, entry: TimelineItem, { before, quotes }: Beside): Row | null {
    const { id, kind, role } = conversation;
    const isOwn = entry.author === this.#view.person.id;
    if (entry.kind !== 'message.sent') {
      const text = factOf(this.#view, entry);
      return text === null ? null : { kind: 'fact', key: `seq-${entry.seq}`, text };
    }
    const isFollowing = before?.kind === 'message.sent' && before.author === entry.author;
    const isNamed = !isOwn && !isFollowing && kind !== 'direct';
    const { epoch, seq, edited, erased } = entry;
    const text = typeof entry.body.text === 'string' ? entry.body.text : 'This message was deleted.';
    const place = { conversation: id, epoch, seq };
    const { forward } = entry.body as Partial<EntryBody<'message.sent'>>;
    const rights = rightsOn(conversation, { isOwn, isForwarded: forward !== undefined });
    return {
      kind: 'message',
      // That of its row while it was on its way, so that it stays where it is.
      key: isOwn && entry.key !== undefined ? entry.key : `seq-${entry.seq}`,
      text,
      time: timeOf(entry.at),
      author: isNamed ? this.#view.nameOf(entry.author) : null,
      tick: isOwn ? tickOf(ticksOf(entry.seq, this.#view.peopleOf(id)), kind === 'group') : null,
      failed: null,
      source: forward ? this.#view.nameOf(forward.author) : null,
      quote: quoteOf(this.#view, quotes, entry.body),
      seq,
      reply:
        erased || !isAllowed('message.send', kind, role)
          ? null
          : { seq, author: isOwn ? 'yourself' : this.#view.nameOf(entry.author), text },
      menu: erased ? null : { place, text, ...rights },
      state: erased ? 'deleted' : edited ? 'edited' : 'said',
    };
  }

  #make(row: Row): HTMLElement {
    if (row.kind !== 'message') return el('p', { class: row.kind, dir: 'auto' }, row.text);
    const side = row.tick === null ? 'theirs' : 'own';
    const place = row.seq === null ? {} : { 'data-seq': String(row.seq), tabindex: '-1' };
    const message = el('article', { class: `message ${side} ${row.state}`, ...place });
    if (row.author !== null) message.append(el('span', { class: 'author' }, el('bdi', {}, row.author)));
    if (row.source !== null)
      message.append(el('span', { class: 'author' }, 'Forwarded from ', el('bdi', {}, row.source)));
    if (row.quote) message.append(quoteElement(row.quote, (seq) => this.#goTo(seq, row.seq)));
    message.append(el('p', { class: 'text', dir: 'auto' }, row.text));
    message.append(this.#footOf(row));
    if (row.failed) message.append(this.#remedies(row.failed));
    return message;
  }

  #footOf({ time, tick, menu, state, reply }: MessageRow): HTMLElement {
    const foot = el('span', { class: 'foot' });
    if (reply) {
      const answer = el('button', { type: 'button', class: 'link', 'aria-label': 'Reply to this message' }, '↩');
      on(answer, 'click', () => this.#onReply(reply));
      foot.append(answer);
    }
    const more = menu && menuButton(this.#view, menu);
    if (more) foot.append(more);
    if (menu && state === 'edited') {
      const edited = el('button', { type: 'button', class: 'link' }, 'edited');
      on(edited, 'click', () => openHistory(this.#view, menu.place));
      foot.append(edited);
    }
    foot.append(el('time', {}, time));
    if (tick) foot.append(tickElement(tick));
    return foot;
  }

  #remedies({ key, reason, drop: words }: NonNullable<MessageRow['failed']>): HTMLElement {
    const again = el('button', { type: 'button', class: 'link' }, 'Send again');
    const drop = el('button', { type: 'button', class: 'link' }, words);
    on(again, 'click', () => void this.#view.person.retry(key));
    on(drop, 'click', () => void this.#view.person.discard(key));
    return el('span', { class: 'remedies' }, `Not sent: ${reason}. `, again, ' ', drop);
  }
}

/** What the row of an item depends on beside it. */
type Beside = { readonly before: Entry | null; readonly quotes: TimelineView['quotes'] };

function rowOfUnsent({ key, params, order, status, failure }: OutboxItem): MessageRow {
  const failed = failure ? { key, reason: failure.message, drop: 'Delete' } : null;
  const text = typeof params.text === 'string' ? params.text : '';
  return {
    kind: 'message',
    key,
    text,
    time: timeOf(order),
    author: null,
    source: null,
    quote: null,
    seq: null,
    reply: null,
    tick: WAY[status],
    failed,
    menu: null,
    state: 'said',
  };
}

/** A message with what this person has changed about it and is not in the log yet. */
function withChange(row: Row | null, { seq }: Entry, unsent: readonly OutboxItem[]): Row | null {
  const change = unsent.findLast(({ command, params }) => CHANGES.has(command) && params.target === seq);
  if (row?.kind !== 'message' || !change || row.state === 'deleted') return row;
  const { key, params, status, failure } = change;
  const failed = failure ? { key, reason: failure.message, drop: 'Leave it' } : null;
  const text = typeof params.text === 'string' ? params.text : row.text;
  return { ...row, text, tick: row.tick && WAY[status], failed, menu: null };
}

function tickOf({ step, delivered, read, of }: Ticks, isGroup: boolean): Tick {
  const count = isGroup && of > 0 ? ` ${read > 0 ? read : delivered}/${of}` : '';
  const words = isGroup ? `Delivered to ${delivered} of ${of}, read by ${read}` : '';
  if (step === 'read') return { signs: `✓✓${count}`, words: words || 'Read', class: 'tick read' };
  if (step === 'delivered') return { signs: `✓✓${count}`, words: words || 'Delivered', class: 'tick' };
  return { signs: `✓${count}`, words: words || 'Sent', class: 'tick' };
}

function tickElement({ signs, words, class: kind }: Tick): HTMLElement {
  return el('span', { class: kind, role: 'img', 'aria-label': words, title: words }, signs);
}
