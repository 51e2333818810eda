// The contracts of bots and webhooks on the store in memory.
import type { SessionId } from '@kith/protocol';
import { MemoryBots } from '@kith/server/store/memory/bots';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { MemoryIncomingHooks } from '@kith/server/store/memory/incoming-hooks';
import { MemoryOutgoingHooks } from '@kith/server/store/memory/outgoing-hooks';
import { MemorySlash } from '@kith/server/store/memory/slash';
import { botsContract } from '../src/contracts/bots.js';
import { incomingHooksContract } from '../src/contracts/incoming-hooks.js';
import { outgoingHooksContract } from '../src/contracts/outgoing-hooks.js';
import { slashContract } from '../src/contracts/slash-commands.js';

function make() {
  const revoked: SessionId[] = [];
  const directory = new MemoryDirectory((session) => revoked.push(session));
  const bots = new MemoryBots(directory.communities);
  const incomingHooks = new MemoryIncomingHooks(directory.communities);
  const outgoingHooks = new MemoryOutgoingHooks(directory.communities);
  const slash = new MemorySlash(directory.communities);
  return Promise.resolve({
    ...{ directory, other: directory, bots, otherBots: bots, incomingHooks, otherIncomingHooks: incomingHooks },
    ...{ outgoingHooks, otherOutgoingHooks: outgoingHooks, slash, otherSlash: slash },
    revoked: () => Promise.resolve(revoked),
    close: () => Promise.resolve(),
  });
}

botsContract('the store in memory', make);
incomingHooksContract('the store in memory', make);
outgoingHooksContract('the store in memory', make);
slashContract('the store in memory', make);
