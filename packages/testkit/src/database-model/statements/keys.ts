// look_up_keys: which writes are in the log already.
import { LOOK_UP_KEYS } from '@kith/server/store/postgres/key-lookup';
import type { Execution } from '../execution.js';
import { at, type Parameters } from '../parameters.js';
import { entryKey } from '../tables.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';

const ERASED = 4;

export const lookUpKeys = reading({ statement: LOOK_UP_KEYS, fingerprint: 'bd0ccc19cccb' }, lookUp);

function lookUp({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  const [workspaces, authors, keys] = [parameters.uuids(2), parameters.uuids(3), parameters.uuids(4)];
  const [contents, digests] = [parameters.texts(5), parameters.byteStrings(6)];
  return parameters.uuids(1).flatMap((id, index) => {
    const conversation = tables.conversation(id, snapshot);
    if (conversation?.workspace !== at(workspaces, index)) return [];
    const { no, epoch } = conversation;
    const member = rowSeen(tables.members.find('member_person', `${at(authors, index)} ${no}`), snapshot);
    if (!member) return [];
    const key = entryKey(no, member.ordinal, at(keys, index));
    const entry = rowSeen(tables.entries.find('entry_key', key), snapshot);
    if (!entry) return [];
    const { seq, digest, body, flags } = entry;
    const hasContent = digest.length === 0 ? body === at(contents, index) : digest.equals(at(digests, index));
    const isSame = (flags & ERASED) !== 0 || hasContent;
    return [{ position: index + 1, epoch, seq, at: entry.at, isSame }];
  });
}
