// An answer in Slack's form made into one of ours: what is said, and to whom. Rules SC8 and A8 of docs/protocol/v1.md.
import { type Params, toId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { Profiles } from '../../people.js';
import { usersNamed } from '../slack/mrkdwn.js';
import { messageOf, parsePayload } from '../slack/payload.js';

/** Most people whose names are looked up for one payload. */
const MOST_NAMED = 100;

export type Said = Pick<Params<'invocation.answer'>, 'text' | 'mentions'> & { readonly to: 'invoker' | 'all' };

export type SlackPorts = {
  readonly profiles: Pick<Profiles, 'users'>;
  /** Where a link leads, as it is looked up; null for one that people should not follow. */
  readonly hrefOf: (url: string) => string | null;
};

/** @throws SlackRefusal as `messageOf` does */
export async function parseAnswer(
  { profiles, hrefOf }: SlackPorts,
  workspace: WorkspaceId,
  payload: string,
): Promise<Said> {
  const fields = parsePayload(payload);
  const ids = [...new Set(usersNamed(payload))].slice(0, MOST_NAMED).map((id) => toId<UserId>(id));
  const users = ids.length === 0 ? [] : await profiles.users(workspace, ids);
  const names = new Map(users.map(({ id, name }) => [id, name]));
  const message = messageOf(fields, { nameOf: (id) => names.get(id) ?? null, hrefOf });
  const named = message.users.length > 0 ? { users: [...message.users] } : {};
  const mentions = { ...named, ...(message.isToAll ? { all: true as const } : {}) };
  const to = fields.response_type === 'in_channel' ? 'all' : 'invoker';
  return { text: message.text, to, ...(Object.keys(mentions).length > 0 ? { mentions } : {}) };
}
