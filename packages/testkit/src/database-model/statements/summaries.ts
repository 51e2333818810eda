// list_summaries, read_summary and conversations_of: a person's conversations.
import { CONVERSATIONS_OF, LIST_SUMMARIES, MEMBERSHIPS_OF, READ_SUMMARY } from '@kith/server/store/postgres/summaries';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { StoreRow } from '../rows.js';
import { rowSeen } from '../versions.js';
import { hidingsIn } from './hides.js';
import { type Rows, reading } from './modelled.js';
import { ownSelf, type Standing, standingOf, summaryOf } from './standing.js';

export const listSummaries = reading({ statement: LIST_SUMMARIES, fingerprint: '060df599b776' }, list);
export const readSummary = reading({ statement: READ_SUMMARY, fingerprint: 'b146963c7ade' }, readOne);
export const membershipsOf = reading({ statement: MEMBERSHIPS_OF, fingerprint: '6cda8ee6019f' }, memberships);
export const conversationsOf = reading({ statement: CONVERSATIONS_OF, fingerprint: '81b5156096e9' }, heads);

const READER = 1;

/** Beyond this many transactions a 32-bit id is ambiguous. */
const OLDEST_CURSOR = 2 ** 31;

/** Where a listing begins and goes on; what a cursor that is not valid says counts for nothing. */
type Walk = {
  readonly since: number | null;
  readonly walked: number | null;
  readonly phase: number;
  readonly after: { readonly at: number; readonly id: string } | null;
};

type Listed = { readonly standing: Standing; readonly phase: 0 | 1 };

const NO_SUMMARY = {
  ...{ id: null, kind: null, epoch: null, joined: null, first: null, head: null, delivered: null, read: null },
  ...{ unread: null, mentions: null, at: null, name: null, members: null, readers: null, role: null, peer: null },
  ...{ settings: null, peerDelivered: null, peerRead: null, mute: null, last: null, lastAuthor: null, seenHead: null },
};

function list(execution: Execution, parameters: Parameters): Rows {
  return parameters
    .uuids(1)
    .flatMap((_, index) => listOne(execution, parameters.unnested(index)).map((row) => ({ place: index + 1, ...row })));
}

function listOne(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot, moment } = execution;
  const store = rowSeen(tables.store.find('store_pkey', 'one'), snapshot);
  if (!store) return [];
  const isValid = isCursorValid(execution, store, parameters);
  const walk = walkOf(parameters, isValid === true);
  const listed = standings(execution, parameters.uuid(1), parameters.uuid(2)).flatMap((standing) => {
    const phase = phaseOf(standing, walk);
    return phase === null ? [] : [{ standing, phase }];
  });
  const shown = listed.toSorted(inOrder).slice(0, parameters.int(3));
  const { id, line } = store;
  const own = ownSelf(execution, parameters.uuid(1), parameters.uuid(2));
  const position = { store: id, line, low: moment.low, isValid, hides: hidingsIn(execution, own).length > 0 };
  if (shown.length === 0) return [{ ...position, phase: null, ...NO_SUMMARY }];
  return shown.map(({ standing, phase }) => {
    return { ...position, phase, ...summaryOf(execution, standing, walk.since) };
  });
}

/** Null where there is no cursor. */
function isCursorValid({ moment }: Execution, store: StoreRow, parameters: Parameters): boolean | null {
  const [id, line] = [parameters.uuidOrNull(4), parameters.bigintOrNull(5)];
  const isRecent = (xid: number | null) => xid === null || (xid >= moment.high - OLDEST_CURSOR && xid <= moment.high);
  if (!isRecent(parameters.bigintOrNull(6)) || !isRecent(parameters.bigintOrNull(7))) return false;
  return id === null || line === null ? null : id === store.id && line === store.line;
}

function walkOf(parameters: Parameters, isValid: boolean): Walk {
  if (!isValid) return { since: null, walked: null, phase: 0, after: null };
  const [at, id] = [parameters.bigintOrNull(9), parameters.uuidOrNull(10)];
  return {
    since: parameters.bigintOrNull(6),
    walked: parameters.bigintOrNull(7),
    phase: parameters.int(8),
    after: at === null || id === null ? null : { at, id },
  };
}

function phaseOf(standing: Standing, { since, walked, phase, after }: Walk): 0 | 1 | null {
  const isBelow = after !== null && isBefore(standing, after);
  const isWanted = since === null ? standing.member.leftSeq === null : hasChanged(standing, since);
  if (phase === 0 && (after === null || isBelow) && isWanted) return 0;
  return walked !== null && (phase === 0 || isBelow) && hasChanged(standing, walked) ? 1 : null;
}

function hasChanged({ conversation, xid, member, peer, mute }: Standing, since: number): boolean {
  const xids = [xid, member.changed, peer?.changed ?? 0, mute?.xid ?? 0, conversation.trimmed ?? 0];
  return xids.some((one) => one >= since);
}

function isBefore({ at, conversation }: Standing, other: { readonly at: number; readonly id: string }): boolean {
  return at < other.at || (at === other.at && conversation.id < other.id);
}

function inOrder(a: Listed, b: Listed): number {
  if (a.phase !== b.phase) return a.phase - b.phase;
  return isBefore(a.standing, { at: b.standing.at, id: b.standing.conversation.id }) ? 1 : -1;
}

function standings(execution: Execution, person: string, workspace: string): readonly Standing[] {
  const { tables, snapshot } = execution;
  const own = ownSelf(execution, person, workspace);
  return tables.members.ofPerson(person).flatMap((slot) => {
    const member = rowSeen(slot, snapshot);
    const conversation = member && tables.conversationOf(member.conversation, snapshot);
    if (conversation?.workspace !== workspace) return [];
    return (member && standingOf(execution, { conversation, member, own })) ?? [];
  });
}

function readOne(execution: Execution, parameters: Parameters): Rows {
  const { tables, snapshot } = execution;
  const person = parameters.uuid(1);
  const conversation = tables.conversation(parameters.uuid(2), snapshot);
  if (!conversation) return [];
  const member = rowSeen(tables.members.find('member_person', `${person} ${conversation.no}`), snapshot);
  const own = ownSelf(execution, person, conversation.workspace);
  const standing = member && standingOf(execution, { conversation, member, own });
  return standing ? [summaryOf(execution, standing, null)] : [];
}

function memberships({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  return tables.members.ofPerson(parameters.uuid(1)).flatMap((slot) => {
    const member = rowSeen(slot, snapshot);
    const conversation = member?.leftSeq === null ? tables.conversationOf(member.conversation, snapshot) : undefined;
    return conversation ? [{ id: conversation.id }] : [];
  });
}

function heads({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  return parameters.uuids(1).flatMap((person, index) =>
    tables.members.ofPerson(person).flatMap((slot) => {
      const member = rowSeen(slot, snapshot);
      if (member?.leftSeq !== null) return [];
      const conversation = tables.conversationOf(member.conversation, snapshot);
      const head = conversation && tables.entries.head(conversation.no, snapshot);
      if (!conversation || !head) return [];
      return [
        {
          place: index + 1,
          id: conversation.id,
          epoch: conversation.epoch,
          head: head.row.seq,
          first: Math.max(member.first, conversation.first),
          isReader: member.role === READER,
        },
      ];
    }),
  );
}
