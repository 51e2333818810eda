// An export of Slack taken in: all of it is read through and checked first, then written room by room. What was begun and stopped is
// gone on with by the same import again.
import { makeId, SCOPES, type SessionId, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Config } from '@kith/server/config/schema';
import type { Caller } from '@kith/server/core/chat';
import { SystemRandom } from '@kith/server/edge/system-clock';
import { PostgresOutgoingHooks } from '@kith/server/store/postgres/outgoing-hooks';
import { Refusal } from '../command.js';
import { SetClock, withCore } from '../in-process.js';
import { Archive } from './archive.js';
import { EmojiNames } from './emoji-names.js';
import { People } from './people.js';
import { RoomImport, type Tally } from './room-import.js';
import { SlackExport } from './workspace.js';

export type SlackImporting = {
  readonly config: Config;
  readonly path: string;
  readonly mayMatch: boolean;
  readonly signal: AbortSignal;
  readonly onBegin: (what: string) => void;
  readonly onProgress: (done: number, total: number) => void;
};

export type SlackImported = Omit<Tally, 'left'> & {
  readonly people: number;
  /** Usernames of people who were here, and are those of the export now. */
  readonly matched: readonly string[];
  /** What was not taken over, how often, by why. */
  readonly left: Readonly<Record<string, number>>;
};

const DAY_MS = 86_400_000;

/** @throws Refusal where the archive is none, or not of its form: then nothing was written */
export async function importSlack(importing: SlackImporting): Promise<SlackImported> {
  const archive = await Archive.open(importing.path);
  try {
    return await take(new SlackExport(archive), importing);
  } finally {
    archive.close();
  }
}

async function take(slackExport: SlackExport, importing: SlackImporting): Promise<SlackImported> {
  const { config, mayMatch, signal, onBegin, onProgress } = importing;
  const slack = await slackExport.workspace();
  onBegin('checking');
  let total = 0;
  const now = Date.now();
  for (const room of slack.rooms) {
    signal.throwIfAborted();
    const posts = await slackExport.posts(room);
    total += posts.length;
    const late = posts.find(({ at }) => at > now + DAY_MS);
    if (late !== undefined) throw new Refusal(`${room.folder}: the message ${late.ts} is of a time to come`);
  }
  const notices = slackExport.notices;
  const clock = new SetClock(now);
  return await withCore({ config, clock, random: new SystemRandom() }, async (core) => {
    const id = makeId<WorkspaceId>(now, new SystemRandom().bytes(10));
    const { id: workspace } = await core.directory.openWorkspace({ id, name: 'default', at: now });
    const hooks = await new PostgresOutgoingHooks(core.database).outgoingHooks(workspace);
    if (hooks.length > 0) {
      throw new Refusal(
        'outgoing webhooks would be told of every message as if it were new: remove them, and make them again after',
      );
    }
    const people = new People({ core, workspace, slack, mayMatch, at: now });
    await people.makeAll();
    const tally: Tally = { conversations: 0, messages: 0, known: 0, reactions: 0, edits: 0, left: new Map() };
    if (notices > 0) tally.left.set('notices of who came, went and renamed', notices);
    const rooms = new Map(slack.rooms.map(({ id: room, name }) => [room, name ?? room]));
    const known = { people: people.known, names: people.names, rooms, emoji: new EmojiNames() };
    const callerOf = (user: UserId): Caller => {
      const principal = { workspace, user, session: toId<SessionId>(user), scopes: SCOPES };
      return { principal: { ...principal, expiresAt: Number.MAX_SAFE_INTEGER }, stream: null };
    };
    onBegin('importing');
    let done = 0;
    const onPost = (): void => {
      done += 1;
      onProgress(done, total);
    };
    const parts = { core, workspace, clock, people, known, team: slack.team, tally, callerOf, onPost, signal };
    try {
      for (const room of slack.rooms) await new RoomImport(parts, room).take(await slackExport.posts(room));
    } finally {
      clock.set(now);
      await people.closeGone();
    }
    const { left, ...counts } = tally;
    return { ...counts, people: people.made, matched: people.matched, left: Object.fromEntries(left) };
  });
}
