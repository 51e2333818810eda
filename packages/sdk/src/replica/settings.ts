// A person's settings: the last value of each name in their own conversation (M14), as far as it is held, and over it what
// is written here and not in the log yet. They are read when somebody wants them and the log has more than is known, follow
// its entries from there, and are kept, so that they are right offline too.
import { type Observable, Value } from '../observable.js';
import type { OutboxItem } from '../outbox/outbox-item.js';
import { Refusal } from '../refusal.js';
import type { Held, Stored } from '../storage/replica-store.js';
import type { Asker } from './asker.js';
import type { Keeper } from './keeper.js';
import type { Replica } from './replica.js';

/** By name; one that was taken back is not in it. */
export type SettingValues = ReadonlyMap<string, unknown>;

export type SettingsParts = {
  readonly replica: Pick<Replica, 'self' | 'conversation' | 'subscribe'>;
  readonly asker: Pick<Asker, 'isOpen' | 'ask'>;
  readonly keeper: Pick<Keeper, 'isKeeping' | 'keep'>;
  readonly unsent: (conversation: string) => Observable<readonly OutboxItem[]>;
};

const SETTINGS = 'settings';
const SETTING = 'setting/';

export class Settings {
  readonly #parts: SettingsParts;
  readonly #values = new Value<SettingValues>(new Map());
  #held = new Map<string, unknown>();
  #epoch = 0;
  /** The seq in the person's own log up to which they are held. */
  #asOf = 0;
  #isWanted = false;
  #isReading = false;
  #followed: string | null = null;

  constructor(parts: SettingsParts) {
    this.#parts = parts;
    const { replica } = parts;
    replica.subscribe((event) => {
      if (event.type === 'held' && event.conversation.id === replica.self && event.conversation.epoch === this.#epoch) {
        for (const { seq, kind, body } of event.entries) {
          if (seq !== this.#asOf + 1) continue;
          this.#asOf = seq;
          this.#put(kind === 'setting.set' ? new Map([[String(body.name), body.value]]) : new Map());
        }
      }
      this.#check();
    });
  }

  /** From now on they are kept right. */
  get values(): Observable<SettingValues> {
    this.#isWanted = true;
    this.#check();
    return this.#values;
  }

  /** As they were kept. */
  restore(meta: Held['meta']): void {
    const { epoch, asOf } = (meta.get(SETTINGS) ?? {}) as { epoch?: number; asOf?: number };
    if (!epoch || !asOf || (epoch === this.#epoch && asOf < this.#asOf)) return;
    this.#epoch = epoch;
    this.#asOf = asOf;
    this.#held = new Map();
    for (const [key, { value }] of meta) if (key.startsWith(SETTING)) this.#held.set(key.slice(SETTING.length), value);
    this.#check();
    this.#show();
  }

  #check(): void {
    const { replica, asker, unsent } = this.#parts;
    const { self } = replica;
    const log = self === null ? undefined : replica.conversation(self);
    if (!this.#isWanted || self === null) return;
    if (this.#followed !== self) {
      this.#followed = self;
      unsent(self).subscribe(() => this.#show());
      this.#show();
    }
    const isKnown = log === undefined || (log.epoch === this.#epoch && log.head <= this.#asOf);
    if (isKnown || this.#isReading || !asker.isOpen) return;
    this.#isReading = true;
    asker
      .ask('settings.read', {})
      .then(({ epoch, asOf, values }) => {
        this.#isReading = false;
        this.#epoch = epoch;
        this.#asOf = asOf;
        const gone = [...this.#held.keys()].map((name) => [name, null] as const);
        this.#put(new Map<string, unknown>([...gone, ...Object.entries(values)]));
        // Whatever came meanwhile was not next in line.
        this.#check();
      })
      .catch((error: unknown) => {
        // Asked for again with the next connection, or the next entry.
        this.#isReading = false;
        if (!(error instanceof Refusal)) throw error;
      });
  }

  #put(values: ReadonlyMap<string, unknown>): void {
    const { keeper } = this.#parts;
    const meta = new Map<string, Stored | null>([[SETTINGS, { epoch: this.#epoch, asOf: this.#asOf }]]);
    for (const [name, value] of values) {
      meta.set(SETTING + name, value === null ? null : { value });
      apply(this.#held, name, value);
    }
    if (keeper.isKeeping) keeper.keep({ meta }).catch(() => {});
    if (values.size > 0) this.#show();
  }

  #show(): void {
    const shown = new Map(this.#held);
    const items = this.#followed === null ? [] : this.#parts.unsent(this.#followed).getSnapshot();
    for (const { command, status, params } of items) {
      if (command === 'setting.set' && status !== 'failed') apply(shown, String(params.name), params.value);
    }
    this.#values.set(shown);
  }
}

function apply(values: Map<string, unknown>, name: string, value: unknown): void {
  if (value === null) values.delete(name);
  else values.set(name, value);
}
