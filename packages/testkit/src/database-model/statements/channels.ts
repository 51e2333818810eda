// list_channels: the public channels of a workspace.
import { LIST_CHANNELS } from '@kith/server/store/postgres/channels';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading } from './modelled.js';

export const listChannels = reading({ statement: LIST_CHANNELS, fingerprint: '7619a91a6e2b' }, list);

function list({ tables, snapshot }: Execution, parameters: Parameters): Rows {
  const [workspace, person, before] = [parameters.uuid(1), parameters.uuid(2), parameters.uuid(3)];
  return [...tables.conversations.slots()]
    .flatMap((slot) => rowSeen(slot, snapshot) ?? [])
    .filter((row) => row.workspace === workspace && row.isPublic && row.id < before)
    .toSorted((a, b) => (a.id > b.id ? -1 : 1))
    .slice(0, parameters.int(4))
    .map(({ no, id, name, settings, size, readers }) => {
      const member = rowSeen(tables.members.find('member_person', `${person} ${no}`), snapshot);
      return { id, name, settings, size, readers, role: member?.leftSeq === null ? member.role : 0 };
    });
}
