// What an export of Slack says, as types: its people, its rooms, and what was said in each, in order. The one parser of it: what
// is not of its form is refused with the file and the place in it. Nothing is written here.
import { Refusal } from '../command.js';
import type { Archive } from './archive.js';
import { type Fields, objectsIn } from './fields.js';

export type SlackPerson = {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly email: string | null;
  readonly isBot: boolean;
  readonly isDeleted: boolean;
};

export type SlackRoom = {
  readonly id: string;
  readonly folder: string;
  readonly kind: 'public' | 'private' | 'group' | 'direct';
  readonly name: string | null;
  readonly topic: string | null;
  readonly createdAt: number | null;
  readonly creator: string | null;
  readonly members: readonly string[];
  readonly isArchived: boolean;
};

export type SlackPost = {
  readonly ts: string;
  readonly at: number;
  /** Of a person or a bot of the list, or of a bot that has a name alone. */
  readonly author: { readonly user: string } | { readonly bot: string };
  readonly text: string;
  /** The ts of the first of its thread; null for what stands in none, and for that itself. */
  readonly threadTs: string | null;
  /** It was also shown outside of its thread. */
  readonly isBroadcast: boolean;
  readonly editedAt: number | null;
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[]; readonly count: number }[];
  readonly files: readonly { readonly name: string; readonly url: string | null }[];
  readonly attachments: readonly unknown[];
};

export type SlackWorkspace = {
  readonly people: readonly SlackPerson[];
  readonly rooms: readonly SlackRoom[];
  /** What tells this workspace from others of Slack; from what people say of themselves. */
  readonly team: string;
};

const LISTS = [
  ['channels.json', 'public'],
  ['groups.json', 'private'],
  ['mpims.json', 'group'],
  ['dms.json', 'direct'],
] as const;
const DAY = /^\d{4}-\d{2}-\d{2}\.json$/;
const TS = /^(\d{1,11})\.(\d{1,6})$/;
/** Said by Slack itself of what happened to the room: the log says such things by itself. */
const NOTICES =
  /^(?:(?:channel|group|bot)_(?!message)\w+|tombstone|pinned_item|unpinned_item|huddle_thread|sh_room_\w+|reminder_\w+|file_comment)$/;

export class SlackExport {
  readonly #archive: Archive;
  readonly #root: string;
  /** Days of each folder, in order. */
  readonly #days = new Map<string, string[]>();
  /** Notices that were passed over. */
  notices = 0;

  /** @throws Refusal where it is no export of Slack */
  constructor(archive: Archive) {
    this.#archive = archive;
    const found = archive.names.find((name) => /^(?:[^/]+\/)?users\.json$/.test(name));
    if (found === undefined) throw new Refusal('this is no export of Slack: there is no users.json in it');
    this.#root = found.slice(0, -'users.json'.length);
    for (const name of archive.names) {
      const [folder = '', day = '', ...deeper] = name.startsWith(this.#root)
        ? name.slice(this.#root.length).split('/')
        : [];
      if (deeper.length > 0 || !DAY.test(day)) continue;
      const days = this.#days.get(folder);
      if (days === undefined) this.#days.set(folder, [day]);
      else days.push(day);
    }
    for (const days of this.#days.values()) days.sort();
  }

  async workspace(): Promise<SlackWorkspace> {
    const users = objectsIn(await this.#json('users.json'), 'users.json', 'user');
    const people = users.map(personOf);
    const rooms: SlackRoom[] = [];
    for (const [file, kind] of LISTS) {
      if (!this.#archive.has(this.#root + file)) continue;
      for (const fields of objectsIn(await this.#json(file), file, 'room')) rooms.push(roomOf(fields, kind));
    }
    const known = new Set(rooms.map(({ id }) => id));
    if (known.size < rooms.length) throw new Refusal('two rooms of the export have the same id');
    return {
      people,
      rooms,
      team: users.map((user) => user.textOrNull('team_id')).find((id) => id !== null) ?? 'slack',
    };
  }

  /** In the order of time. */
  async posts({ folder, id }: SlackRoom): Promise<readonly SlackPost[]> {
    const place = this.#days.has(folder) ? folder : id;
    const posts: SlackPost[] = [];
    for (const day of this.#days.get(place) ?? []) {
      const file = `${place}/${day}`;
      for (const fields of objectsIn(await this.#json(file), file, 'message')) {
        const subtype = fields.textOrNull('subtype');
        if (subtype !== null && NOTICES.test(subtype)) this.notices += 1;
        else posts.push(postOf(fields, subtype));
      }
    }
    // Each ts is there once: a message that is also shown outside of its thread may be in two places.
    const byTs = new Map(posts.map((post) => [post.ts, post]));
    return [...byTs.values()].sort((a, b) => a.at - b.at || (a.ts < b.ts ? -1 : 1));
  }

  async #json(file: string): Promise<unknown> {
    return this.#archive.json(this.#root + file);
  }
}

function personOf(fields: Fields): SlackPerson {
  const profile = fields.inner('profile');
  const handle = fields.textOrNull('name') ?? fields.text('id').toLowerCase();
  const names = [profile?.textOrNull('display_name'), profile?.textOrNull('real_name'), fields.textOrNull('real_name')];
  return {
    id: fields.text('id'),
    handle,
    name: names.find((name) => name !== undefined && name !== null && name.trim() !== '') ?? handle,
    email: profile?.textOrNull('email') ?? null,
    isBot: fields.flag('is_bot') || fields.text('id') === 'USLACKBOT',
    isDeleted: fields.flag('deleted'),
  };
}

function roomOf(fields: Fields, kind: SlackRoom['kind']): SlackRoom {
  const [id, name] = [fields.text('id'), fields.textOrNull('name')];
  const created = fields.numberOrNull('created');
  return {
    id,
    folder: kind === 'direct' || name === null ? id : name,
    kind,
    name,
    topic: fields.inner('topic')?.textOrNull('value') ?? fields.inner('purpose')?.textOrNull('value') ?? null,
    createdAt: created === null ? null : created * 1_000,
    creator: fields.textOrNull('creator'),
    members: fields.texts('members'),
    isArchived: fields.flag('is_archived'),
  };
}

function postOf(fields: Fields, subtype: string | null): SlackPost {
  const ts = fields.text('ts');
  const thread = fields.textOrNull('thread_ts');
  const edited = fields.inner('edited')?.textOrNull('ts') ?? null;
  const text = fields.textOrNull('text') ?? '';
  return {
    ts,
    at: timeOf(ts, fields),
    author: authorOf(fields),
    text: subtype === 'me_message' ? `_${text}_` : text,
    threadTs: thread === ts ? null : thread,
    isBroadcast: subtype === 'thread_broadcast',
    editedAt: edited === null ? null : timeOf(edited, fields),
    reactions: fields.objects('reactions').map((reaction) => {
      const users = reaction.texts('users');
      return { name: reaction.text('name'), users, count: reaction.numberOrNull('count') ?? users.length };
    }),
    files: fields.objects('files').map((file) => {
      const name = file.textOrNull('title') ?? file.textOrNull('name') ?? 'file';
      return { name, url: file.textOrNull('permalink') ?? file.textOrNull('url_private') };
    }),
    attachments: fields.list('attachments'),
  };
}

function authorOf(fields: Fields): SlackPost['author'] {
  const user = fields.textOrNull('user');
  if (user !== null) return { user };
  const name = fields.textOrNull('username') ?? fields.inner('bot_profile')?.textOrNull('name');
  return { bot: name ?? fields.textOrNull('bot_id') ?? 'slack' };
}

/** Milliseconds since the Unix epoch. */
function timeOf(ts: string, fields: Fields): number {
  const [, seconds, micros = ''] = TS.exec(ts) ?? [];
  if (seconds === undefined) return fields.refuse('ts', 'a time such as 1512085950.000216');
  return Number(seconds) * 1_000 + Math.floor(Number(micros.padEnd(6, '0')) / 1_000);
}
