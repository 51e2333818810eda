// What the other tabs want of the connection that one tab holds for all: whom they watch, and whether the person is at any of
// them. A tab that is silent for too long is gone.
import type { Presence as PresenceState } from '@kith/protocol';
import type { Cancel, Clock } from '../ports.js';
import type { Presence, Status, Watch } from '../presence/presence.js';

export type CompanionsParts = {
  readonly presence: Pick<Presence, 'of' | 'watch' | 'say'>;
  readonly clock: Clock;
  /** To all other tabs: the states of people whom one of them watches. */
  readonly onPresence: (states: readonly PresenceState[]) => void;
};

type Companion = { watch: Watch | null; ends: readonly (() => void)[]; status: Status; heardMs: number };

/** Other tabs say that they are there at least this often; after three times that they are not. */
export const HERE_EVERY_MS = 20_000;
const GONE_MS = 3 * HERE_EVERY_MS;
/** More tabs than anybody has open: what comes from more is dropped. */
const MOST_TABS = 100;

export class Companions {
  readonly #parts: CompanionsParts;
  readonly #tabs = new Map<string, Companion>();
  #own: Status = 'online';
  #sweep: Cancel | null = null;

  constructor(parts: CompanionsParts) {
    this.#parts = parts;
  }

  /** A tab watches these people. @returns what is known of them now; what changes is told to all tabs */
  watch(tab: string, users: readonly string[]): readonly PresenceState[] {
    const companion = this.#heard(tab);
    if (!companion) return [];
    for (const end of companion.ends) end();
    if (companion.watch) companion.watch.set(users);
    else companion.watch = this.#parts.presence.watch(users);
    const shown = users.map((user) => this.#parts.presence.of(user));
    companion.ends = shown.map((state) => state.subscribe(() => this.#parts.onPresence([state.getSnapshot()])));
    return shown.map((state) => state.getSnapshot());
  }

  /** Whether the person is at that tab. */
  say(tab: string, status: Status): void {
    const companion = this.#heard(tab);
    if (companion) companion.status = status;
    this.#tell();
  }

  sayOwn(status: Status): void {
    this.#own = status;
    this.#tell();
  }

  /** The tab is there. */
  here(tab: string): void {
    if (!this.#tabs.has(tab) && this.#heard(tab)) this.#tell();
    this.#heard(tab);
  }

  close(): void {
    this.#sweep?.();
    for (const tab of [...this.#tabs.keys()]) this.#forget(tab);
  }

  #heard(tab: string): Companion | null {
    const known = this.#tabs.get(tab);
    if (!known && this.#tabs.size >= MOST_TABS) return null;
    const companion: Companion = known ?? { watch: null, ends: [], status: 'online', heardMs: 0 };
    companion.heardMs = this.#parts.clock.monotonic();
    this.#tabs.set(tab, companion);
    this.#sweep ??= this.#parts.clock.after(HERE_EVERY_MS, () => this.#sweepOut());
    return companion;
  }

  #sweepOut(): void {
    this.#sweep = null;
    const beforeMs = this.#parts.clock.monotonic() - GONE_MS;
    for (const [tab, { heardMs }] of this.#tabs) if (heardMs < beforeMs) this.#forget(tab);
    this.#tell();
    if (this.#tabs.size > 0) this.#sweep = this.#parts.clock.after(HERE_EVERY_MS, () => this.#sweepOut());
  }

  #forget(tab: string): void {
    const companion = this.#tabs.get(tab);
    for (const end of companion?.ends ?? []) end();
    companion?.watch?.end();
    this.#tabs.delete(tab);
  }

  #tell(): void {
    const isAnywhere = [this.#own, ...[...this.#tabs.values()].map(({ status }) => status)].includes('online');
    this.#parts.presence.say(isAnywhere ? 'online' : 'away');
  }
}
