// The log of a conversation as it is read: it opens at the first unread message, keeps its place while pages come in above,
// follows the end where it stands there, goes to a day or to a message that is looked for, and comes back. What is in view of somebody who
// is at the page is read, and nothing else.
import { isAllowed } from '@kith/protocol';
import { useComposer, useTimeline } from '@kith/react';
import type { ConversationView, MessagePlace, Opening, Person, ShownItem } from '@kith/sdk';
import { ArrowDown, CornerUpLeft } from 'lucide-react';
import {
  lazy,
  type ReactElement,
  Suspense,
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from 'react';
import { Virtualizer, type VirtualizerHandle } from 'virtua';
import type { Attended } from '../../shell/use-attention.js';
import { useText } from '../../text/text.js';
import { type Anchor, anchorAt, arrive, dayAt, lastInView, seqAt } from './arrival.js';
import { DayLine, FactLine, UnreadLine } from './lines.js';
import { Message } from './message.js';
import { type Row, rowsOf } from './rows.js';
import { useStagedRows } from './staged-rows.js';
import { swipeOf } from './swipe.js';
import { UnsentMessage } from './unsent-message.js';

const DateDialog = lazy(async () => ({ default: (await import('./date-dialog.js')).DateDialog }));

/** From the end, in CSS pixels: nearer than that counts as there. */
const NEAR_PX = 80;
/** From an end of what is held: nearer than that asks for the next page. */
const PAGE_PX = 600;
/** So long after a touch the log moves because of it. */
const TOUCH_MS = 1_000;
/** Beyond the screen, what is in the page already: with the smallest rows some 80 in all. */
const BUFFER_PX = 900;

export type TimelineProps = {
  readonly person: Person;
  readonly conversation: ConversationView;
  /** The message that is looked for. */
  readonly seq: number | null;
  readonly attention: Attended;
  readonly onReply: (item: ShownItem) => void;
  readonly onEdit: (item: ShownItem) => void;
  /** Told what is shown. */
  readonly shown: { current: readonly ShownItem[] };
};

export function Timeline(props: TimelineProps): ReactElement {
  const { person, conversation, seq, attention, onReply, onEdit, shown } = props;
  const { id, kind, role } = conversation;
  const say = useText();
  const [opening] = useState<Opening>(() => (seq === null ? { at: 'unread' } : { at: 'seq', seq }));
  const view = useTimeline(id, opening);
  const { unsent } = useComposer(id);
  const { items, firstUnread, hasAfter, hasBefore, quotes, loadBefore, loadAfter, open } = view;
  shown.current = items;
  const wanted = useMemo(
    () => rowsOf({ view: { items, firstUnread, hasAfter }, unsent, me: person.id }),
    [items, firstUnread, hasAfter, unsent, person.id],
  );
  const { rows, isShifted } = useStagedRows(wanted);
  const scroller = useRef<HTMLDivElement>(null);
  const list = useRef<VirtualizerHandle>(null);
  const [isAtEnd, setAtEnd] = useState(true);
  /** Where another place is read, nothing is shown, and that nothing ends is not the end of the log. */
  const isThere = rows.length > 0;
  const sticks = useRef(true);
  /** The message that is gone to, until it is there, and the reply from which. */
  const target = useRef<number | null>(seq);
  const [from, setFrom] = useState<number | null>(null);
  /** The time that is gone to, until its messages are there. */
  const time = useRef<number | null>(null);
  const [isDating, setDating] = useState(false);
  /** Within which day it is read; null at the end, and where the day stands there anyway. */
  const [within, setWithin] = useState<number | null>(null);
  const isPlaced = useRef(false);
  /** The row that the log was brought to. */
  const anchor = useRef<Anchor | null>(null);
  /** When somebody moved the log by hand, and where it stood when it moved last. */
  const touchedAt = useRef(-TOUCH_MS);
  const last = useRef({ top: 0, height: 0 });
  const pageRef = useRef(() => {});
  const touched = () => {
    touchedAt.current = performance.now();
    anchor.current = null;
  };

  const looked = useCallback(() => {
    const handle = list.current;
    const element = scroller.current;
    if (!handle || !element || !isPlaced.current || !attention.isHere()) return;
    const inView = lastInView(rows, handle, element);
    if (inView !== null) person.read(id, inView);
  }, [attention, person, id, rows]);
  useEffect(() => attention.subscribe(looked), [attention, looked]);

  const goTo = useCallback(
    (wantedSeq: number, cameFrom: number | null) => {
      target.current = wantedSeq;
      sticks.current = false;
      setFrom(cameFrom);
      if (!items.some((item) => item.seq === wantedSeq)) void open({ at: 'seq', seq: wantedSeq });
      else arrive({ rows, list: list.current, target, anchor, scroller: scroller.current });
    },
    [items, rows, open],
  );
  function goToTime(wanted: number): void {
    time.current = wanted;
    sticks.current = false;
    setFrom(null);
    void open({ at: 'time', time: wanted });
  }
  useLayoutEffect(() => {
    if (time.current === null || view.isLoading) return;
    target.current = seqAt(items, time.current);
    time.current = null;
    arrive({ rows, list: list.current, target, anchor, scroller: scroller.current });
  }, [items, rows, view.isLoading]);
  // The address names another message of the same conversation.
  const shownSeq = useRef(seq);
  useEffect(() => {
    if (seq === null || seq === shownSeq.current) return;
    shownSeq.current = seq;
    goTo(seq, null);
  }, [seq, goTo]);

  const toEnd = useCallback(() => {
    sticks.current = true;
    target.current = null;
    time.current = null;
    anchor.current = null;
    setFrom(null);
    if (hasAfter) void open({ at: 'end' });
    else list.current?.scrollToIndex(rows.length - 1, { align: 'end' });
  }, [hasAfter, open, rows.length]);

  // One's own message is shown wherever one stood.
  const newest = unsent.at(-1)?.key;
  const sent = useRef(newest);
  useEffect(() => {
    if (newest !== undefined && newest !== sent.current) toEnd();
    sent.current = newest;
  }, [newest, toEnd]);

  useLayoutEffect(() => {
    const handle = list.current;
    if (!handle || rows.length === 0) return;
    if (!isPlaced.current) {
      isPlaced.current = true;
      const unread = rows.find((row) => row.kind === 'unread');
      if (target.current === null && unread) {
        sticks.current = false;
        anchor.current = anchorAt(unread, { align: 'start', offset: -48 });
      }
    }
    arrive({ rows, list: handle, target, anchor, scroller: scroller.current });
    if (sticks.current && target.current === null && !hasAfter) handle.scrollToIndex(rows.length - 1, { align: 'end' });
    looked();
  }, [rows, hasAfter, looked]);

  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    // The composer grows, a keyboard comes up, a row gets its picture: who stood at the end stays there.
    const observer = new ResizeObserver(() => {
      if (sticks.current) element.scrollTop = element.scrollHeight;
      // What is unread may fit on the screen: then its end is seen, and followed.
      else if (isPlaced.current && target.current === null && !hasAfter && isThere) sticks.current = isNearEnd(element);
      pageRef.current();
      looked();
    });
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [looked, hasAfter, isThere]);

  /** Asks for what is near, and not held. */
  function page(): void {
    const element = scroller.current;
    if (!element || !isPlaced.current) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    if (hasBefore && scrollTop < PAGE_PX) void loadBefore();
    if (hasAfter && scrollHeight - scrollTop - clientHeight < PAGE_PX) void loadAfter();
  }
  pageRef.current = page;

  function scrolled(): void {
    const element = scroller.current;
    if (!element || !isPlaced.current || !isThere) return;
    const { scrollHeight, scrollTop } = element;
    const isNear = isNearEnd(element);
    // What is added makes the log move, too: only who goes up themselves leaves its end.
    const isByHand = scrollHeight === last.current.height || performance.now() - touchedAt.current < TOUCH_MS;
    const isMoved = isByHand && scrollTop < last.current.top;
    last.current = { top: scrollTop, height: scrollHeight };
    if (isNear && !hasAfter) sticks.current = true;
    else if (isMoved) sticks.current = false;
    setAtEnd(isNear && !hasAfter);
    setWithin(isNear && !hasAfter ? null : dayAt(rows, list.current, scrollTop));
    page();
    looked();
  }

  // What comes in above may take the line of its day along, another place be there instead, and nothing is scrolled by it.
  useEffect(() => {
    const element = scroller.current;
    if (!element || !isPlaced.current) return;
    if (!sticks.current) setAtEnd(rows.length > 0 && isNearEnd(element) && !hasAfter);
    setWithin(isNearEnd(element) && !hasAfter ? null : dayAt(rows, list.current, element.scrollTop));
  }, [rows, hasAfter]);

  const answered = useRef((_seq: number) => {});
  answered.current = (wantedSeq) => {
    const item = items.find((one) => one.seq === wantedSeq);
    if (item && !item.erased && isAllowed('message.send', kind, role)) onReply(item);
  };
  const swipe = useMemo(() => swipeOf((wantedSeq) => answered.current(wantedSeq)), []);

  const onDate = useCallback(() => setDating(true), []);
  const place = (item: ShownItem): MessagePlace => ({ conversation: id, epoch: item.epoch, seq: item.seq });
  return (
    <div className="timeline-frame">
      <div
        ref={scroller}
        className="timeline"
        role="log"
        aria-label={say('timeline.name')}
        aria-live="off"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled with the keyboard
        tabIndex={0}
        onScroll={scrolled}
        onWheel={touched}
        onTouchMove={touched}
        {...swipe}
        onPointerDown={(event) => {
          touched();
          swipe.onPointerDown(event);
        }}
        onKeyDown={(event) => {
          touched();
          if (event.key === 'Home' && event.target === event.currentTarget) void loadBefore();
        }}
      >
        <div className="timeline-space" />
        <Virtualizer ref={list} scrollRef={scroller} shift={isShifted} bufferSize={BUFFER_PX}>
          {rows.map((row) => (
            <div key={row.key} className="row-of-log" data-row={row.key}>
              {shownRow(row, {
                kind,
                role,
                me: person.id,
                quotes,
                place,
                onReply,
                onEdit,
                goTo,
                onDate,
              })}
            </div>
          ))}
        </Virtualizer>
        {view.error !== null && rows.length === 0 ? <p className="hint empty">{say('timeline.unread')}</p> : null}
        {view.isLoading && rows.length === 0 ? <Skeletons /> : null}
      </div>
      {within === null ? null : (
        <div className="day-above">
          <DayLine at={within} onOpen={onDate} />
        </div>
      )}
      {from === null ? null : (
        <button type="button" className="button float start" onClick={() => goTo(from, null)}>
          <CornerUpLeft size={16} aria-hidden="true" />
          {say('timeline.back')}
        </button>
      )}
      {isDating ? (
        <Suspense>
          <DateDialog onChoose={goToTime} onClose={() => setDating(false)} />
        </Suspense>
      ) : null}
      {isAtEnd ? null : (
        <button type="button" className="button float end" onClick={toEnd} aria-label={say('timeline.toEnd')}>
          <ArrowDown size={18} aria-hidden="true" />
          {conversation.unread > 0 ? <span className="badge">{conversation.unread}</span> : null}
        </button>
      )}
    </div>
  );
}

function isNearEnd({ scrollTop, scrollHeight, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_PX;
}

type RowParts = {
  readonly kind: ConversationView['kind'];
  readonly role: ConversationView['role'];
  readonly me: string;
  readonly quotes: ReadonlyMap<number, ShownItem | null>;
  readonly place: (item: ShownItem) => MessagePlace;
  readonly onReply: (item: ShownItem) => void;
  readonly onEdit: (item: ShownItem) => void;
  readonly goTo: (seq: number, from: number | null) => void;
  readonly onDate: () => void;
};

function shownRow(row: Row, parts: RowParts): ReactElement {
  const { quotes, kind, role, onReply, onEdit, goTo, onDate } = parts;
  const quoteOf = (replyTo: unknown) => (typeof replyTo === 'number' ? quotes.get(replyTo) : undefined);
  switch (row.kind) {
    case 'day':
      return <DayLine at={row.at} onOpen={onDate} />;
    case 'unread':
      return <UnreadLine />;
    case 'fact':
      return <FactLine item={row.item} />;
    case 'unsent':
      return <UnsentMessage item={row.item} isFirst={row.isFirst} quote={quoteOf(row.item.params.replyTo)} />;
    case 'message':
      return (
        <Message
          item={row.item}
          isFirst={row.isFirst}
          isLast={row.isLast}
          change={row.change}
          quote={quoteOf(row.item.body.replyTo)}
          kind={kind}
          role={role}
          onReply={onReply}
          onEdit={onEdit}
          onGoTo={goTo}
        />
      );
  }
}

function Skeletons(): ReactElement {
  return (
    <div className="skeletons" aria-hidden="true">
      {[62, 38, 71, 45, 56].map((width, index) => (
        <div
          key={width}
          className="skeleton"
          style={{ width: `${width}%`, alignSelf: index % 2 === 0 ? 'start' : 'end' }}
        />
      ))}
    </div>
  );
}
