// A run as a row of beats, which a text and a page draw each in its own way: who did something to whom, in words. What nodes
// give to several tabs at once is one beat; what says nothing new is marked as noise, unless a breach points at it.
import type { HistoryEvent, SeenEntry } from '../history/history.js';
import type { Breach } from '../laws/law.js';
import type { Names } from './names.js';
import { wordsOf } from './words.js';

export type Beat = {
  /** The numbers of the events in it. */
  readonly events: readonly number[];
  readonly at: number;
  readonly type: string;
  readonly from: string;
  /** Empty for what somebody does alone. */
  readonly to: readonly string[];
  readonly words: string;
  /** Short names; empty for what concerns all. */
  readonly conversations: readonly string[];
  /** What kind of noise it is; null for what is none. */
  readonly noise: 'mark' | 'read' | 'description' | null;
  readonly breaches: readonly Breach[];
};

type Told = { readonly events: readonly HistoryEvent[]; readonly breaches: readonly Breach[]; readonly names: Names };

export function beatsOf({ events, breaches, names }: Told): readonly Beat[] {
  const news = new News();
  const routes = new Routes();
  const heads = new Heads();
  const beats: Draft[] = [];
  for (const [index, event] of events.entries()) {
    const found = breaches.filter((breach) => breach.event === index);
    const noise = found.length > 0 ? null : news.noiseOf(event);
    const last = beats.at(-1);
    if (noise === 'part' && last) last.events.push(index);
    else {
      beats.push({
        events: [index],
        at: event.at,
        type: event.type,
        ...routes.of(event),
        words: `${wordsOf(event, names)}${heads.lostBy(event, names)}`,
        entries: event.type === 'told' ? event.entries : [],
        how: event.type === 'told' ? (event.isPushed ? 'pushed' : 'read') : '',
        conversations: conversationsOf(event).map((id) => names.conversation(id)),
        noise: noise === 'part' ? null : noise,
        breaches: found,
      });
    }
  }
  return merged(beats).map(({ entries, how, words, ...beat }) => {
    return { ...beat, words: how === '' ? words : `${names.places(entries)} (${how})` };
  });
}

/** A beat while what belongs to it is gathered. */
type Draft = Omit<Beat, 'events'> & {
  readonly events: number[];
  readonly entries: readonly SeenEntry[];
  readonly how: 'pushed' | 'read' | '';
};

/** Arrows: a command goes to a node, its answers come back, and a commit comes from the node that was asked for it. */
class Routes {
  readonly #asked = new Map<string, string>();

  of(event: HistoryEvent): Pick<Beat, 'from' | 'to'> {
    const { who, by } = event;
    if (event.type === 'asked' && event.key !== null) this.#asked.set(event.key, who);
    if (event.type === 'committed') {
      const node = event.entries.map(({ key }) => this.#asked.get(key ?? '')).find((asked) => asked !== undefined);
      return node === undefined ? { from: who, to: [] } : { from: node, to: [who] };
    }
    if (by === undefined) return { from: who, to: [] };
    return event.type === 'asked' ? { from: by, to: [who] } : { from: who, to: [by] };
  }
}

/** How far each log had come, so that it can be told what a restore takes away. */
class Heads {
  #heads = new Map<string, number>();

  lostBy(event: HistoryEvent, names: Names): string {
    if (event.type === 'committed') {
      this.#heads.set(event.conversation, event.entries.at(-1)?.seq ?? 0);
      return '';
    }
    if (event.type !== 'restored') return '';
    const heads = new Map(event.logs.map(({ conversation, head }) => [conversation, head]));
    const lost = [...this.#heads].flatMap(([conversation, head]) => {
      const left = heads.get(conversation) ?? 0;
      const range = head === left + 1 ? `${head}` : `${left + 1}-${head}`;
      return head > left ? [`${names.conversation(conversation)}:${range}`] : [];
    });
    this.#heads = heads;
    return lost.length === 0 ? ' and loses nothing' : ` and loses ${lost.join(' ')}`;
  }
}

/** What each tab has heard already. */
class News {
  readonly #heard = new Set<string>();
  #described = '';

  /** `part`: it belongs to what was said just before. */
  noiseOf(event: HistoryEvent): Beat['noise'] | 'part' {
    const described = this.#described;
    this.#described = '';
    switch (event.type) {
      case 'marked':
        return 'mark';
      case 'asked':
        return /\.(read|list|watch|search)$/.test(event.name) ? 'read' : null;
      case 'described': {
        this.#described = `${event.connection} ${event.at}`;
        const isKnown = event.summaries.map((one) => this.#isKnown(event.by, { ...one, pushedAfter: 0 }));
        return isKnown.every(Boolean) ? 'description' : null;
      }
      case 'told': {
        const isKnown = event.entries.map((entry) => this.#isKnown(event.by, entry));
        // The last entry of each conversation is in its description.
        const isDescribed = described === `${event.connection} ${event.at}` && !event.isPushed;
        if (isDescribed) return 'part';
        return !event.isPushed && isKnown.every(Boolean) ? 'read' : null;
      }
      default:
        return null;
    }
  }

  #isKnown(by: string | undefined, what: object): boolean {
    const name = `${by} ${JSON.stringify(what)}`;
    const isKnown = this.#heard.has(name);
    this.#heard.add(name);
    return isKnown;
  }
}

function conversationsOf(event: HistoryEvent): readonly string[] {
  switch (event.type) {
    case 'told':
      return unique(event.entries.map(({ conversation }) => conversation));
    case 'described':
      return unique(event.summaries.map(({ conversation }) => conversation));
    default:
      return 'conversation' in event && event.conversation !== null ? [event.conversation] : [];
  }
}

/** Entries that go the same way one after another are one beat, and so are the same entries to several tabs. */
function merged(beats: readonly Draft[]): readonly Draft[] {
  return joined(joined(joined(beats, isSameWay), isSameNews), isSameWay);
}

function joined(beats: readonly Draft[], isOne: (last: Draft, next: Draft) => boolean): readonly Draft[] {
  const rows: Draft[] = [];
  for (const beat of beats) {
    const last = rows.at(-1);
    if (last && isLike(last, beat) && isOne(last, beat)) rows[rows.length - 1] = sumOf(last, beat);
    else rows.push(beat);
  }
  return rows;
}

function isLike(last: Draft, next: Draft): boolean {
  const isQuiet = last.breaches.length === 0 && next.breaches.length === 0 && last.noise === next.noise;
  return isQuiet && last.how !== '' && last.how === next.how && last.at === next.at && last.from === next.from;
}

function isSameWay(last: Draft, next: Draft): boolean {
  return last.to.join() === next.to.join();
}

function isSameNews(last: Draft, next: Draft): boolean {
  return JSON.stringify(last.entries) === JSON.stringify(next.entries);
}

function sumOf(last: Draft, next: Draft): Draft {
  return {
    ...last,
    events: [...last.events, ...next.events],
    to: unique([...last.to, ...next.to]),
    entries: isSameNews(last, next) ? last.entries : [...last.entries, ...next.entries],
    conversations: unique([...last.conversations, ...next.conversations]),
  };
}

function unique(all: readonly string[]): readonly string[] {
  return [...new Set(all)];
}
