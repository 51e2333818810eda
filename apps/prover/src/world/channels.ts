// Channels: they are made, set to something else, found, joined and left, by people who are in them and others.
import type { Person } from '@kith/sdk';
import { hasStep } from '../plan.js';
import type { World } from './world.js';

export type AtChannels = {
  readonly world: World;
  readonly person: Person;
  readonly where: number;
  readonly whom: number;
};

const SLOW_MS = 1_000;

/** Does one of all that may be done. @throws Refusal */
export async function atChannels(scene: AtChannels): Promise<unknown> {
  const { world, person, where, whom } = scene;
  const own = person.conversations.getSnapshot().filter(({ kind, role }) => kind === 'channel' && role !== 'none');
  if (own.length === 0 || where % 4 === 0) return whom % 2 === 0 ? make(scene) : find(scene);
  const conversation = own[whom % own.length]?.id ?? '';
  if (where % 4 === 1) return person.command('member.remove', { conversation, user: person.id });
  const changes = [
    { visibility: 'public' },
    { visibility: 'private' },
    { posting: 'moderators' },
    { posting: 'members' },
    { topic: `topic ${whom}`, avatar: 'color:green' },
    { archived: true },
    { archived: false },
    // Those who wait take a second for each message that they have: too long where there are hundreds.
    { slowModeMs: hasStep(world.plan, 'burst') ? 0 : SLOW_MS },
    { slowModeMs: 0 },
  ] as const;
  return person.command('conversation.update', { conversation, ...changes[whom % changes.length] });
}

function make({ person, where, whom }: AtChannels): Promise<unknown> {
  const visibility = whom % 3 === 0 ? 'private' : 'public';
  const posting = where % 3 === 0 ? 'moderators' : 'members';
  return person.create({ kind: 'channel', members: [], name: `Kanäle ${where % 10}`, visibility, posting });
}

/** Looks through the public ones, and joins one, or tries to join any conversation that there is. */
async function find({ world, person, where, whom }: AtChannels): Promise<unknown> {
  const found: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 4; page += 1) {
    const query = whom % 3 === 0 ? { query: 'kanal' } : {};
    const at: { cursor?: string } = cursor === null ? {} : { cursor };
    const { items, next } = await person.command('channels.list', { limit: 1 + (where % 2), ...query, ...at });
    found.push(...items.map(({ id }) => id));
    if (next === null) break;
    cursor = next;
  }
  if (whom % 11 === 0) return person.command('channels.list', { cursor: 'not ours' });
  const all = [...world.store.logs()].filter(({ entries }) => entries[0]?.body.kind === 'channel' || whom % 9 === 0);
  const joined = whom % 3 === 0 ? all.map(({ conversation }) => conversation) : found;
  const conversation = joined[where % Math.max(1, joined.length)];
  if (conversation === undefined) return undefined;
  return person.command('channel.join', { conversation });
}
