// put_vote, remove_vote and read_voters: who has chosen what in which poll.
import { PUT_VOTE, READ_VOTERS, REMOVE_VOTE } from '@kith/server/store/postgres/votes';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { VoteRow } from '../rows.js';
import type { Waiting } from '../table.js';
import { voteKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';
import { aggregated, recordsAsked } from './records.js';

export const putVote = writing({ statement: PUT_VOTE, fingerprint: '2bfdd8c33cc7' }, put);
export const removeVote = writing({ statement: REMOVE_VOTE, fingerprint: '2e7b519813be' }, remove);
export const readVoters = reading({ statement: READ_VOTERS, fingerprint: 'cc3621f804df' }, voters);

function* put(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const row: VoteRow = {
    conversation: parameters.int(1),
    ordinal: parameters.int(2),
    target: parameters.int(3),
    seq: parameters.int(4),
    at: parameters.bigint(5),
    choices: parameters.smallints(6),
  };
  yield* execution.upsert(execution.tables.votes, row, { constraint: 'vote_pkey', change: () => row });
  return [];
}

function* remove(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { votes } = execution.tables;
  const [conversation, ordinal, target] = [parameters.int(1), parameters.int(2), parameters.int(3)];
  const slot = votes.find('vote_pkey', voteKey({ conversation, ordinal, target }));
  if (!slot || !rowSeen(slot, execution.snapshot)) return [];
  if (yield* execution.hold(votes, slot)) execution.delete(votes, slot);
  return [];
}

function voters(execution: Execution, parameters: Parameters): Rows {
  const [target, after, limit] = [parameters.bigint(4), parameters.bigint(5), parameters.int(7)];
  const option = parameters.smallintOrNull(6);
  const { tables, snapshot } = execution;
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const rows = tables.votes
      .ofTarget(conversation.no, target, snapshot)
      .filter((row) => row.seq > after && (option === null || row.choices.includes(option)))
      .slice(0, limit);
    const named = rows.flatMap(({ ordinal, seq, choices }) => {
      const member = rowSeen(tables.members.find('member_pkey', `${conversation.no} ${ordinal}`), snapshot);
      return member ? [[member.person, seq, choices]] : [];
    });
    return { ...record, voters: aggregated(named) };
  });
}
