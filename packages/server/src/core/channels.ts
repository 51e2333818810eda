// Channels: finding those that are public, and joining one. Whether it is public is decided at the head, like everything else;
// to anyone else it does not exist. Rules P6 to P9 of docs/protocol/v1.md.
import {
  ChatError,
  type ConversationId,
  type Key,
  LIMITS,
  type Params,
  parseId,
  type Result,
  toId,
  type UserId,
  type Written,
} from '@kith/protocol';
import { requireBasis } from './access.js';
import { searchKey } from './accounts/names.js';
import type { ConversationLog, ConversationRecord, Decision, PublicChannel } from './log.js';
import type { Principal } from './principal.js';
import { arrive, isReading } from './readers.js';
import type { Writer } from './writer.js';

type Joining = {
  readonly params: Params<'channel.join'>;
  readonly key: Key;
  readonly isGuest: boolean;
  readonly nowMs: number;
};

/** Most channels that are looked at for one page of a search. */
const MOST_LOOKED_AT = 1_000;

/** @throws bad_request for a cursor that is none */
export async function listChannels(
  log: ConversationLog,
  { workspace, user }: Principal,
  { query, cursor, limit = LIMITS.summaryPage }: Params<'channels.list'>,
): Promise<Result<'channels.list'>> {
  const before = cursor === undefined ? null : parseId<ConversationId>(cursor);
  if (cursor !== undefined && before === null) throw new ChatError('bad_request', 'cursor: not one of this server');
  const wanted = query === undefined ? '' : searchKey(query);
  const most = wanted === '' ? limit : MOST_LOOKED_AT;
  const looked = await log.channels({ workspace, user, limit: most, ...(before === null ? {} : { before }) });
  const found = looked.filter(({ name }) => searchKey(name).includes(wanted));
  const shown = found.slice(0, limit);
  const isAll = shown.length === found.length;
  const last = isAll ? looked.at(-1) : shown.at(-1);
  const isEnd = isAll && looked.length < most;
  return { items: shown.map(asFound), next: isEnd ? null : (last?.id ?? null) };
}

function asFound({ id, name, settings, size, readers, role }: PublicChannel): Result<'channels.list'>['items'][number] {
  const { topic, avatar } = settings;
  const parts = { ...(topic === undefined ? {} : { topic }), ...(avatar === undefined ? {} : { avatar }) };
  return { id, name, ...parts, members: size, ...(readers > 0 ? { readers } : {}), role };
}

/** Joins a public channel, as what its setting says. */
export function joinChannel(
  writer: Writer,
  principal: Principal,
  { params, key, isGuest, nowMs }: Joining,
): Promise<Written> {
  const { user } = principal;
  return writer.write(principal, {
    conversation: toId<ConversationId>(params.conversation),
    key,
    content: JSON.stringify(['channel.join']),
    decide(record): Decision {
      const found = requireFound(record, principal, isGuest);
      requireBasis(found, params.basis);
      const { state } = found;
      if (state.members.get(user)?.left === null) throw new ChatError('conflict', 'you are a member already');
      if (state.settings.archived) throw new ChatError('conflict', 'this channel is archived');
      if (state.settings.joining === 'reader') return arrive(found, { user, nowMs });
      if (isReading(found, user)) throw new ChatError('conflict', 'you read this channel already');
      if (state.size >= LIMITS.members) {
        throw new ChatError('conflict', `a channel has at most ${LIMITS.members} members`);
      }
      return [{ kind: 'member.joined', body: { users: [user] } }];
    },
  });
}

/** A public channel, which no guest finds, or one that the person is in. @throws not_found */
function requireFound(
  record: ConversationRecord | null,
  { workspace, user }: { readonly workspace: string; readonly user: UserId },
  isGuest: boolean,
): ConversationRecord {
  const isFound =
    record?.workspace === workspace &&
    record.state.kind === 'channel' &&
    ((record.state.settings.visibility === 'public' && !isGuest) ||
      record.state.members.get(user)?.left === null ||
      isReading(record, user));
  if (!record || !isFound) throw new ChatError('not_found', 'no such channel');
  return record;
}
