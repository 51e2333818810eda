// How a person stands in a conversation, and the summary of that: what `JOIN_STANDING`, `JOIN_SUMMARY` and
// `summaryColumns` say in SQL.
import { LIMITS } from '@kith/protocol';
import type { Execution } from '../execution.js';
import type { ConversationRow, MemberRow } from '../rows.js';
import type { Seen } from '../tables.js';
import { rowSeen } from '../versions.js';
import { countUnread } from './marks.js';
import { storedEntry } from './records.js';

const DIRECT = 1;
const SELF = 4;
/** The entries that are looked at to find the first one that a cursor has not seen. */
const LOOK_BACK = LIMITS.catchUpEntries + 2;

export type Standing = {
  readonly conversation: ConversationRow;
  readonly member: MemberRow;
  readonly head: number;
  readonly at: number;
  /** The transactions that wrote the head, and the setting that mutes. */
  readonly xid: number;
  readonly peer: MemberRow | null;
  readonly mute: { readonly value: unknown; readonly xid: number } | null;
};

/** The number of a person's own conversation in a workspace; null where there is none. */
export function ownSelf({ tables, snapshot }: Execution, person: string, workspace: string): number | null {
  for (const slot of tables.members.ofPerson(person)) {
    const member = rowSeen(slot, snapshot);
    const row = member?.leftSeq === null ? tables.conversationOf(member.conversation, snapshot) : null;
    if (row?.kind === SELF && row.workspace === workspace) return row.no;
  }
  return null;
}

/** Null where the conversation is empty. */
export function standingOf(
  execution: Execution,
  { conversation, member, own }: { conversation: ConversationRow; member: MemberRow; own: number | null },
): Standing | null {
  const { tables, snapshot } = execution;
  const head = tables.entries.head(conversation.no, snapshot, member.leftSeq ?? undefined);
  if (!head) return null;
  const peer = conversation.kind === DIRECT ? peerOf(execution, member) : null;
  const mute = own === null ? null : muteOf(execution, own, conversation.id);
  return { conversation, member, head: head.row.seq, at: head.row.at, xid: head.xid, peer, mute };
}

/** @param since null for everything */
export function summaryOf(execution: Execution, standing: Standing, since: number | null): object {
  const { conversation, member, head, peer } = standing;
  const first = Math.max(member.first, conversation.first);
  const hasLeft = member.leftSeq !== null;
  const { entries } = execution.tables;
  const last = head >= first ? entries.at(conversation.no, head, execution.snapshot) : null;
  return {
    id: conversation.id,
    kind: conversation.kind,
    epoch: conversation.epoch,
    joined: member.joined,
    first,
    head,
    delivered: member.delivered,
    read: member.read,
    ...countUnread(execution, member, head),
    at: standing.at,
    name: hasLeft ? member.leftName : conversation.name,
    settings: hasLeft ? null : conversation.settings,
    members: member.leftSize ?? conversation.size,
    readers: hasLeft ? 0 : conversation.readers,
    role: member.role,
    peer: peer?.person ?? null,
    peerDelivered: peer?.delivered ?? null,
    peerRead: peer?.read ?? null,
    mute: standing.mute?.value ?? null,
    last: last && storedEntry(execution, last.row),
    lastAuthor: last && authorOf(execution, last),
    seenHead: seenHead(execution, standing, since),
  };
}

function peerOf({ tables, snapshot }: Execution, member: MemberRow): MemberRow | null {
  for (const slot of tables.members.ofConversation(member.conversation)) {
    const row = rowSeen(slot, snapshot);
    if (row && row.ordinal !== member.ordinal) return row;
  }
  return null;
}

function muteOf({ tables, snapshot }: Execution, own: number, id: string): Standing['mute'] {
  const setting = rowSeen(tables.settings.find('setting_pkey', `${own} mute:${id}`), snapshot);
  const entry = setting && tables.entries.at(own, setting.seq, snapshot);
  if (!entry) return null;
  const { value = null } = JSON.parse(entry.row.body) as { value?: unknown };
  return { value, xid: entry.xid };
}

function authorOf({ tables, snapshot }: Execution, { row }: Seen<{ conversation: number; author: number }>) {
  return rowSeen(tables.members.find('member_pkey', `${row.conversation} ${row.author}`), snapshot)?.person ?? null;
}

/** The highest number that was visible at the time of a cursor. */
function seenHead({ tables, snapshot }: Execution, { conversation, head, xid }: Standing, since: number | null) {
  if (since === null || xid < since) return head;
  let looked = 0;
  for (const { row, xid: written } of tables.entries.falling(conversation.no, snapshot, head)) {
    if (looked === LOOK_BACK) break;
    looked += 1;
    if (written < since) return row.seq;
  }
  return Math.max(0, head - LOOK_BACK);
}
