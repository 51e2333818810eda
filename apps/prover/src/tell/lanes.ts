// Who has a lane of their own in a picture of a run, in which order, and how each of them is at a moment: there, paused, or on
// a device without a network.
import type { History, HistoryEvent } from '../history/history.js';

export type Lane = {
  /** `ann/1.2`, `node-3`, `database` */
  readonly name: string;
  /** What is left of the name below its group's. */
  readonly label: string;
  readonly group: string;
};

export type LaneState = 'gone' | 'there' | 'paused' | 'offline';

const DATABASE: Lane = { name: 'database', label: 'database', group: 'database' };
const TAB = /^([^/]+)\/(\d+\.\d+)$/;

/** Tabs by their person, nodes by their number, and the database. */
export function lanesOf({ people, plan, events, end }: History): readonly Lane[] {
  const seen = new Set(end.tabs.map(({ tab }) => tab));
  const nodes = new Set(Array.from({ length: plan.nodes }, (_, index) => `node-${index + 1}`));
  for (const { type, who, by } of events) {
    for (const name of [who, by ?? '']) if (TAB.test(name)) seen.add(name);
    if (by !== undefined || (type === 'life' && who.startsWith('node-'))) nodes.add(who);
  }
  const tabs = [...seen].flatMap((name) => {
    const [, group, label] = TAB.exec(name) ?? [];
    return group === undefined || label === undefined ? [] : [{ name, group, label }];
  });
  const order = new Map(people.map(({ name }, index) => [name, index]));
  const last = people.length;
  return [
    ...tabs.sort((one, other) => {
      return (order.get(one.group) ?? last) - (order.get(other.group) ?? last) || byNumber(one.name, other.name);
    }),
    ...[...nodes].sort(byNumber).map((name) => ({ name, label: name.replace(/^node-/, ''), group: 'nodes' })),
    DATABASE,
  ];
}

function byNumber(one: string, other: string): number {
  return one.localeCompare(other, 'en', { numeric: true });
}

/** How everybody is after the events that were taken. */
export class LaneStates {
  readonly #there = new Set<string>();
  readonly #paused = new Set<string>();
  /** Devices. */
  readonly #offline = new Set<string>();

  constructor(lanes: readonly Lane[], events: readonly HistoryEvent[]) {
    const begun = new Set<string>();
    for (const event of events) {
      if (event.type === 'life' && (event.what === 'opened' || event.what === 'started')) begun.add(event.who);
    }
    for (const { name } of lanes) if (!begun.has(name)) this.#there.add(name);
  }

  take(event: HistoryEvent): void {
    if (event.type === 'quiet') this.#offline.clear();
    if (event.type !== 'life') return;
    const { who, what } = event;
    if (what === 'opened' || what === 'started') this.#there.add(who);
    if (what === 'closed' || what === 'crashed' || what === 'killed') {
      this.#there.delete(who);
      this.#paused.delete(who);
    }
    if (what === 'paused') this.#paused.add(who);
    if (what === 'goes on') this.#paused.delete(who);
    if (what === 'offline') this.#offline.add(who);
    if (what === 'online') this.#offline.delete(who);
  }

  of(name: string): LaneState {
    if (!this.#there.has(name)) return 'gone';
    if (this.#paused.has(name)) return 'paused';
    return this.#offline.has(deviceOf(name)) ? 'offline' : 'there';
  }
}

/** `ann/1` of `ann/1.2` */
export function deviceOf(tab: string): string {
  return tab.replace(/\.\d+$/, '');
}
