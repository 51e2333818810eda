// add_reaction, remove_reaction and read_reactors: who has reacted to which message.
import { ADD_REACTION, READ_REACTORS, REMOVE_REACTION } from '@kith/server/store/postgres/reactions';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { Waiting } from '../table.js';
import { reactionKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';
import { recordsAsked } from './records.js';

export const addReaction = writing({ statement: ADD_REACTION, fingerprint: 'f97b319cff0e' }, add);
export const removeReaction = writing({ statement: REMOVE_REACTION, fingerprint: 'c96fcb374460' }, remove);
export const readReactors = reading({ statement: READ_REACTORS, fingerprint: '5637526df037' }, reactors);

function* add(execution: Execution, parameters: Parameters): Waiting<Rows> {
  yield* execution.insert(execution.tables.reactions, {
    conversation: parameters.int(1),
    ordinal: parameters.int(2),
    target: parameters.int(3),
    seq: parameters.int(4),
    at: parameters.bigint(5),
    emoji: parameters.text(6),
  });
  return [];
}

function* remove(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { reactions } = execution.tables;
  const [conversation, ordinal, target] = [parameters.int(1), parameters.int(2), parameters.int(3)];
  const key = reactionKey({ conversation, ordinal, target, emoji: parameters.text(4) });
  const slot = reactions.find('reaction_pkey', key);
  if (!slot || !rowSeen(slot, execution.snapshot)) return [];
  if (yield* execution.hold(reactions, slot)) execution.delete(reactions, slot);
  return [];
}

function reactors(execution: Execution, parameters: Parameters): Rows {
  const [target, after, limit] = [parameters.bigint(4), parameters.bigint(5), parameters.int(7)];
  const emoji = parameters.textOrNull(6);
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const rows = execution.tables.reactions
      .ofTarget(conversation.no, target, execution.snapshot)
      .filter((row) => row.seq > after && (emoji === null || row.emoji === emoji))
      .slice(0, limit);
    const { members } = execution.tables;
    const named = rows.flatMap(({ ordinal, seq, emoji: kind }) => {
      const member = rowSeen(members.find('member_pkey', `${conversation.no} ${ordinal}`), execution.snapshot);
      return member ? [[member.person, seq, kind]] : [];
    });
    return { ...record, reactors: named.length > 0 ? named : null };
  });
}
