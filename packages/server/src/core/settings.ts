// Settings: the last `setting.set` entry of each name in a person's own `self` conversation. So they reach every device
// with the same numbers, cursor and rules as messages.
import {
  ChatError,
  type ConversationId,
  type Entry,
  isKept,
  type KeptSetting,
  type Key,
  LIMITS,
  type Params,
  parseSetting,
  type Result,
  toId,
  type Written,
} from '@kith/protocol';
import { requireMember } from './access.js';
import type { ConversationLog, Draft } from './log.js';
import type { Author, Principal } from './principal.js';
import type { Writer } from './writer.js';

const MUTE = 'mute:';

/** The names of settings that are there, as of a head. */
type Kept = { head: number; readonly names: Set<string> };

/** Most people of whom they are remembered. */
const MOST_KEPT = 100;

type Setting = { readonly self: ConversationId; readonly key: Key; readonly setting: KeptSetting };

/** @throws bad_request, too_large for one of a reserved name that is not of its form */
export function readSetting({ name, value }: Params<'setting.set'>, principal: Principal): KeptSetting {
  const setting = parseSetting(name, value);
  const whom = personNamed(setting);
  if (whom === principal.user) throw new ChatError('bad_request', 'name: this is about others than oneself');
  return setting;
}

/** Whom a setting is about that is there, or null. */
export function personNamed({ name, value }: KeptSetting): string | null {
  const [kind, user = ''] = name.split(':');
  return (kind === 'block' || kind === 'contact') && isKept(value) ? user : null;
}

/** Writes settings of a person one after another, as some are bounded in number. */
export class Settings {
  readonly #log: ConversationLog;
  readonly #writer: Writer;
  /** The end of the last one that waits, by the person's own conversation. */
  readonly #turns = new Map<ConversationId, Promise<unknown>>();
  readonly #kept = new Map<ConversationId, Kept>();

  constructor(log: ConversationLog, writer: Writer) {
    this.#log = log;
    this.#writer = writer;
  }

  /** @throws conflict where there are as many as there may be */
  set(principal: Principal, wish: Setting): Promise<Written> {
    const before = this.#turns.get(wish.self) ?? Promise.resolve();
    const turn = before.then(() => this.#set(principal, wish));
    const end: Promise<unknown> = turn
      .catch(() => {})
      .then(() => this.#turns.get(wish.self) === end && this.#turns.delete(wish.self));
    this.#turns.set(wish.self, end);
    return turn;
  }

  async #set(principal: Principal, { self, key, setting }: Setting): Promise<Written> {
    const { name, value } = setting;
    const isTooMany = await this.#isTooMany(self, setting);
    const written = await this.#writer.write(principal, {
      conversation: self,
      key: toId<Key>(key),
      content: JSON.stringify({ name, value }),
      decide(record): [Draft] {
        requireMember(record, principal, 'setting.set');
        if (isTooMany) throw new ChatError('conflict', `there are as many of them as limits.${isTooMany} allows`);
        return [{ kind: 'setting.set', body: { name, value } }];
      },
    });
    const kept = this.#kept.get(self);
    if (kept && written.seq === kept.head + 1) {
      kept.head = written.seq;
      if (isKept(value)) kept.names.add(name);
      else kept.names.delete(name);
    }
    return written;
  }

  /** @returns the limit that one more would pass, or null. Two nodes at once may pass it by one each. */
  async #isTooMany(self: ConversationId, { name, value, bound }: KeptSetting) {
    if (!bound || !isKept(value)) return null;
    const { names } = await this.#namesIn(self);
    if (names.has(name)) return null;
    let count = 0;
    for (const other of names) if (other.startsWith(bound.prefix)) count += 1;
    return count >= LIMITS[bound.limit] ? bound.limit : null;
  }

  /** Read once for whoever sets many in a row. */
  async #namesIn(self: ConversationId): Promise<Kept> {
    const known = this.#kept.get(self);
    const head = (await this.#log.records([self])).get(self)?.state.head;
    if (known && known.head === head) return known;
    const page = await this.#log.settings(self);
    const names = (page?.entries ?? []).flatMap(({ body }) => (isKept(body.value) ? String(body.name) : []));
    const kept = { head: page?.record.state.head ?? 0, names: new Set(names) };
    this.#kept.delete(self);
    this.#kept.set(self, kept);
    if (this.#kept.size > MOST_KEPT) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    return kept;
  }
}

/** A setting of the server's own, of which nothing bounds the number. */
export function setSetting(
  writer: Writer,
  principal: Author,
  wish: { readonly self: ConversationId; readonly key: Key; readonly params: Params<'setting.set'> },
): Promise<Written> {
  const body = { name: wish.params.name, value: wish.params.value ?? null };
  const content = JSON.stringify(body);
  return writer.write(principal, {
    conversation: wish.self,
    key: toId<Key>(wish.key),
    content,
    decide(record): [Draft] {
      requireMember(record, principal, 'setting.set');
      return [{ kind: 'setting.set', body }];
    },
  });
}

export async function readSettings(log: ConversationLog, self: ConversationId): Promise<Result<'settings.read'>> {
  const page = await log.settings(self);
  if (!page) throw new ChatError('unavailable', 'the settings are not there yet');
  const values = Object.fromEntries(page.entries.map(({ body }) => [String(body.name), body.value]));
  return { epoch: page.record.state.epoch, asOf: page.record.state.head, values };
}

/** The conversation that a setting mutes, or an empty text. */
export function mutedBy({ body }: Entry): string {
  return typeof body.name === 'string' && body.name.startsWith(MUTE) ? body.name.slice(MUTE.length) : '';
}
