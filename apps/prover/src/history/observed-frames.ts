// Reads along what goes over one connection, and notes what a judge has to know of it: who asked for what, what was confirmed
// or refused, and every entry that was given out, wherever in a frame it stands.
import type { Noted, SeenEntry, ToldSummary } from './history.js';

/** Who writes it down. */
export type Notebook = { note(event: Noted): void };

type Fields = { readonly [field: string]: unknown };
type Asked = {
  readonly name: string;
  readonly conversation: string | null;
  readonly key: string | null;
  readonly epoch: number | null;
};

export type Parties = {
  /** The lane of the tab. */
  readonly tab: string;
  /** The person's id. */
  readonly user: string;
  readonly node: string;
  /** Names the connection. */
  readonly connection: string;
};

export class ObservedFrames {
  readonly #recorder: Notebook;
  readonly #parties: Parties;
  readonly #asked = new Map<unknown, Asked>();

  constructor(recorder: Notebook, parties: Parties) {
    this.#recorder = recorder;
    this.#parties = parties;
  }

  /** A text that the node took in. */
  heard(text: string): void {
    const frame = fieldsOf(text);
    if (frame?.type !== 'command') return;
    const params = (frame.params ?? frame) as Fields;
    const asked = { name: String(frame.name), conversation: textOf(params.conversation), key: textOf(params.key) };
    const epoch = typeof params.epoch === 'number' ? params.epoch : null;
    this.#asked.set(frame.id, { ...asked, epoch });
    this.#recorder.note({ type: 'asked', who: this.#parties.node, by: this.#parties.tab, ...asked });
  }

  /** A text that the node gave out. */
  said(text: string): void {
    const frame = JSON.parse(text) as Fields;
    if (frame.type === 'ack') this.#acked(frame);
    if (frame.type === 'error') this.#refused(frame);
    const [entries, summaries]: [SeenEntry[], ToldSummary[]] = [[], []];
    look(frame, entries, summaries);
    const { node: who, tab: by, connection } = this.#parties;
    const isPushing = frame.type === 'welcome' || frame.type === 'conversation';
    if (summaries.length > 0) this.#recorder.note({ type: 'described', who, by, connection, summaries, isPushing });
    const isPushed = frame.type === 'entry';
    if (entries.length > 0) this.#recorder.note({ type: 'told', who, by, connection, entries, isPushed });
    if (frame.type === 'gap') this.#leftOut(frame);
  }

  #leftOut({ conversation, epoch, after, head }: Fields): void {
    const { node: who, tab: by, connection } = this.#parties;
    const hole = { conversation: String(conversation), epoch: Number(epoch), after: Number(after), head: Number(head) };
    this.#recorder.note({ type: 'left out', who, by, connection, ...hole });
  }

  #acked({ id, result }: Fields): void {
    const asked = this.#asked.get(id);
    const { seq, epoch, conversation, duplicate } = (result ?? {}) as Fields;
    if (!asked || typeof seq !== 'number' || typeof epoch !== 'number') return;
    const written = textOf(conversation) ?? asked.conversation ?? '';
    this.#recorder.note({
      type: 'acked',
      who: this.#parties.node,
      by: this.#parties.tab,
      name: asked.name,
      key: asked.key,
      conversation: written,
      epoch,
      // What is written elsewhere, as what somebody hides, names the epoch of another log.
      askedEpoch: written === asked.conversation ? asked.epoch : null,
      seq,
      isDuplicate: duplicate === true,
    });
  }

  #refused({ id, code }: Fields): void {
    const asked = this.#asked.get(id);
    const { node: who, tab: by } = this.#parties;
    if (asked) this.#recorder.note({ type: 'refused', who, by, name: asked.name, key: asked.key, code: String(code) });
  }
}

/** Finds entries and summaries at any depth. */
function look(value: unknown, entries: SeenEntry[], summaries: ToldSummary[]): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const inner of value) look(inner, entries, summaries);
    return;
  }
  const fields = value as Fields;
  const { conversation, epoch, seq, kind } = fields;
  if (typeof conversation === 'string' && typeof epoch === 'number' && typeof seq === 'number') {
    if (typeof kind === 'string' && typeof fields.body === 'object') entries.push(seen(fields));
    return;
  }
  if (typeof fields.id === 'string' && typeof fields.pushedAfter === 'number') summaries.push(told(fields));
  for (const inner of Object.values(fields)) look(inner, entries, summaries);
}

function seen({ conversation, epoch, seq, kind, author, key }: Fields): SeenEntry {
  return {
    conversation: String(conversation),
    epoch: Number(epoch),
    seq: Number(seq),
    kind: String(kind),
    author: textOf(author),
    key: textOf(key),
  };
}

function told({ id, epoch, head, name, role, members, pushedAfter }: Fields): ToldSummary {
  return {
    conversation: String(id),
    epoch: Number(epoch),
    head: Number(head),
    name: textOf(name),
    role: String(role),
    members: Number(members),
    pushedAfter: Number(pushedAfter),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Null where it is none. */
function fieldsOf(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? (value as Fields | null) : null;
  } catch {
    return null;
  }
}
