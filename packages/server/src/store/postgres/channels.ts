// Public channels of a workspace, for whoever looks for one to join.
import { type ConversationId, type ConversationSettings, toId } from '@kith/protocol';
import type { ChannelQuery, PublicChannel } from '../../core/log.js';
import { parseRole } from './codes.js';
import type { Queryable, Statement } from './pool.js';

/** $1 workspace, $2 person, $3 the id below which they are, $4 limit. Served by conversation_public and member_person. */
export const LIST_CHANNELS: Statement = {
  name: 'list_channels',
  text: `SELECT c.id, c.name, c.settings, c.size, c.readers, coalesce(own.role, 0) AS role
  FROM conversation c LEFT JOIN LATERAL (
    SELECT m.role FROM member m WHERE m.person = $2::uuid AND m.conversation = c.no AND m.left_seq IS NULL OFFSET 0
  ) own ON true
  WHERE c.workspace = $1::uuid AND c.is_public AND c.id < $3::uuid
  ORDER BY c.id DESC LIMIT $4::int`,
};

const ABOVE_ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

type ChannelRow = {
  readonly id: string;
  readonly name: string | null;
  readonly settings: ConversationSettings;
  readonly size: number;
  readonly readers: number;
  readonly role: number;
};

export async function listChannels(
  database: Queryable,
  { workspace, user, before = toId<ConversationId>(ABOVE_ALL), limit }: ChannelQuery,
): Promise<readonly PublicChannel[]> {
  const rows = await database.query<ChannelRow>(LIST_CHANNELS, [workspace, user, before, limit]);
  return rows.map(({ id, name, role, ...row }) => {
    return { ...row, id: toId<ConversationId>(id), name: name ?? '', role: parseRole(role) };
  });
}
