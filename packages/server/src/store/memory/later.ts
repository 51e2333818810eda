// What is to be done later, in memory: plain, for tests and simulations. Nodes share one.
import {
  type LaterBounds,
  type LaterChange,
  type LaterItem,
  type LaterOutcome,
  type LaterPlace,
  type LaterState,
  type LaterStore,
  NEVER,
  type NewLaterItem,
} from '../../core/later/later-store.js';
import type { Author } from '../../core/principal.js';

type Row = LaterItem & { readonly due: number; readonly content: string | null };

const ENDED: readonly LaterState[] = ['sent', 'cancelled'];
const OPEN: readonly LaterState[] = ['waiting', 'sending'];

export class MemoryLater implements LaterStore {
  readonly #rows = new Map<string, Row>();

  add(item: NewLaterItem, { most, mostOfAll }: LaterBounds): ReturnType<LaterStore['add']> {
    const known = this.#rows.get(nameOf(item));
    if (known) {
      const isSame = known.content === null || known.content === item.content;
      return Promise.resolve({ item: known, isNew: false, isSame });
    }
    const own = this.#of(item);
    if (own.filter(({ state }) => !ENDED.includes(state)).length >= most) return Promise.resolve('too_many');
    const ended = own.filter(({ state }) => ENDED.includes(state)).sort((a, b) => a.due - b.due);
    for (const oldest of ended.slice(0, Math.max(0, own.length + 1 - mostOfAll))) this.#rows.delete(nameOf(oldest));
    const row: Row = { ...item, state: 'waiting', refused: null, attempts: 0, version: 1, isTold: false };
    this.#keep(row);
    return Promise.resolve({ item: row, isNew: true, isSame: true });
  }

  find(place: LaterPlace): Promise<LaterItem | null> {
    return Promise.resolve(this.#rows.get(nameOf(place)) ?? null);
  }

  list(author: Author): Promise<readonly LaterItem[]> {
    return Promise.resolve(
      this.#of(author)
        .filter(({ state }) => !ENDED.includes(state))
        .sort(byTime),
    );
  }

  change(was: LaterItem, { at, wish, due }: LaterChange & { readonly due: number }): Promise<LaterItem | null> {
    const row = this.#rows.get(nameOf(was));
    const isSame = row?.at === was.at && JSON.stringify(row.wish) === JSON.stringify(was.wish);
    if (!row || !isSame || !['waiting', 'refused'].includes(row.state)) return Promise.resolve(null);
    const { version } = row;
    const fresh = { refused: null, attempts: 0, isTold: false, state: 'waiting' } as const;
    return Promise.resolve(this.#keep({ ...row, ...fresh, at, wish, due, version: version + 1 }));
  }

  settle(place: LaterPlace, { from, to, refused = null, due }: LaterOutcome): Promise<LaterItem | null> {
    const row = this.#rows.get(nameOf(place));
    if (!row || !from.includes(row.state)) return Promise.resolve(null);
    const emptied = ENDED.includes(to) ? { wish: null, content: null } : {};
    const news = OPEN.includes(to) ? {} : { version: row.version + 1, isTold: false };
    return Promise.resolve(this.#keep({ ...row, ...emptied, ...news, state: to, refused, due }));
  }

  told(item: LaterItem, forgetAt: number): Promise<void> {
    const row = this.#rows.get(nameOf(item));
    if (row?.version !== item.version) return Promise.resolve();
    const { state, at } = row;
    const due = { waiting: at, sending: row.due, refused: NEVER, sent: forgetAt, cancelled: forgetAt }[state];
    this.#keep({ ...row, isTold: true, due });
    return Promise.resolve();
  }

  claim({ nowMs, leaseMs, limit }: Parameters<LaterStore['claim']>[0]): Promise<readonly LaterItem[]> {
    const all = [...this.#rows.values()].sort((a, b) => a.due - b.due || byTime(a, b));
    const due = all.filter((row) => row.due <= nowMs && (row.at > nowMs || !all.some((other) => isBefore(other, row))));
    const held = due.slice(0, limit).map((row): Row => {
      const isTime = row.state === 'sending' || (row.state === 'waiting' && row.at <= nowMs);
      const sending = { state: 'sending', attempts: row.attempts + 1 } as const;
      return { ...row, ...(isTime ? sending : {}), due: nowMs + leaseMs };
    });
    return Promise.resolve(held.map((row) => this.#keep(row)));
  }

  forget(place: LaterPlace): Promise<void> {
    const row = this.#rows.get(nameOf(place));
    if (row && ENDED.includes(row.state)) this.#rows.delete(nameOf(place));
    return Promise.resolve();
  }

  /** @returns what puts everything back as it is now */
  backUp(): () => void {
    const rows = new Map(this.#rows);
    return () => {
      this.#rows.clear();
      for (const [name, row] of rows) this.#rows.set(name, row);
    };
  }

  #of({ workspace, user }: Author): Row[] {
    return [...this.#rows.values()].filter((row) => row.workspace === workspace && row.user === user);
  }

  #keep(row: Row): Row {
    this.#rows.set(nameOf(row), row);
    return row;
  }
}

function nameOf({ workspace, user, key }: LaterPlace): string {
  return `${workspace} ${user} ${key}`;
}

function byTime(a: LaterItem, b: LaterItem): number {
  return a.at - b.at || (a.key < b.key ? -1 : 1);
}

/** Of the same person in the same conversation, and not done yet. */
function isBefore(other: Row, row: Row): boolean {
  const isOfSame =
    other.workspace === row.workspace &&
    other.user === row.user &&
    other.conversation === row.conversation &&
    other.wish?.kind === row.wish?.kind;
  return other !== row && isOfSame && OPEN.includes(other.state) && OPEN.includes(row.state) && byTime(other, row) < 0;
}
