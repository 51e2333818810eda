// Memberships that change while they are read: a person is removed while their stream opens, on a node where others follow the
// conversation already, so that what was read is older than what those others were sent; or while they are told that they joined.
import {
  type ConversationId,
  type Key,
  makeId,
  SCOPES,
  type SessionId,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { MemoryHub } from '@kith/server/bus/memory';
import type { Bus } from '@kith/server/core/bus';
import { ChatCore } from '@kith/server/core/chat-core';
import type { ConversationHead, LogSummary } from '@kith/server/core/log';
import type { Principal } from '@kith/server/core/principal';
import { NODE_SECRETS } from '@kith/server/edge/secrets';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { MemoryDueMessages } from '@kith/server/store/memory/due-messages';
import { MemoryLater } from '@kith/server/store/memory/later';
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemoryRetention } from '@kith/server/store/memory/retention';
import { MemorySearch } from '@kith/server/store/memory/search';
import { MemorySlash } from '@kith/server/store/memory/slash';
import { MemoryStore } from '@kith/server/store/memory/store';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Recorder } from '../src/cluster/recorder.js';
import { FakeClock, settle } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

const HELLO = { type: 'hello', token: 'none' } as const;

/** Its answers to who is in which conversation are as of when it was asked, and come when the test says so. */
class SlowLog extends MemoryLog {
  readonly #gates = { conversationsOf: [] as Promise<void>[], summary: [] as Promise<void>[] };

  /** One more of the next answers waits. @returns lets it come */
  hold(name: 'conversationsOf' | 'summary'): () => void {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    this.#gates[name].push(gate);
    return open;
  }

  override async conversationsOf(user: UserId): Promise<readonly ConversationHead[]> {
    const gate = this.#gates.conversationsOf.shift();
    const heads = await super.conversationsOf(user);
    await gate;
    return heads;
  }

  override async summary(id: ConversationId, user: UserId): Promise<LogSummary | null> {
    const gate = this.#gates.summary.shift();
    const summary = await super.summary(id, user);
    await gate;
    return summary;
  }
}

describe('a membership that changes while it is read', () => {
  const clock = new FakeClock();
  const random = new SeededRandom(1);
  const errors: unknown[] = [];
  let core: ChatCore;
  let startNode: (node: string, bus: Bus) => Promise<ChatCore>;
  let hub: MemoryHub;
  let log: SlowLog;
  let [ann, bob]: Principal[] = [];
  let group: ConversationId;

  const makePerson = async (directory: MemoryDirectory, workspace: WorkspaceId, name: string): Promise<Principal> => {
    const user = makeId<UserId>(clock.now(), random.bytes(10));
    const account = { id: user, username: name, usernameKey: name, name, terms: [], passwordHash: 'none' };
    await directory.createAccount({ workspace, at: clock.now(), ...account });
    const session = makeId<SessionId>(clock.now(), random.bytes(10));
    return { workspace, user, session, scopes: SCOPES, expiresAt: Number.MAX_SAFE_INTEGER };
  };

  const makeKey = () => makeId<Key>(clock.now(), random.bytes(10));

  const here = (): readonly [Principal, Principal] => {
    if (!ann || !bob) throw new Error('nobody is there');
    return [ann, bob];
  };

  const say = (text: string) =>
    core.execute({ principal: here()[0], stream: null }, 'message.send', { conversation: group, text, key: makeKey() });

  const change = (name: 'member.add' | 'member.remove') => {
    const params = { key: makeKey(), conversation: group, user: here()[1].user };
    return core.execute({ principal: here()[0], stream: null }, name, params);
  };

  beforeEach(async () => {
    const workspace = makeId<WorkspaceId>(clock.now(), random.bytes(10));
    const directory = new MemoryDirectory();
    await directory.openWorkspace({ id: workspace, name: 'default', at: clock.now() });
    const store = new MemoryStore({ clock, random });
    log = new SlowLog({ store, clock, delay: async () => {} });
    const telemetry = {
      count() {},
      gauge() {},
      observe() {},
      info() {},
      warn() {},
      error: (_message: string, error: unknown) => errors.push(error),
    };
    const search = new MemorySearch();
    const later = new MemoryLater();
    const due = new MemoryDueMessages(store);
    const retention = new MemoryRetention(store);
    startNode = async (node, bus) => {
      const slash = new MemorySlash(directory.communities);
      const ports = { slash, log, bus, directory, search, later, due, retention, clock, random, telemetry };
      const started = new ChatCore({ ...ports, secrets: NODE_SECRETS, node });
      await started.start();
      return started;
    };
    hub = new MemoryHub();
    core = await startNode('one', hub.node());
    ann = await makePerson(directory, workspace, 'ann');
    bob = await makePerson(directory, workspace, 'bob');
    // Ann follows the group on this node.
    await core.open(ann, HELLO, new Recorder());
    const made = await core.execute({ principal: ann, stream: null }, 'conversation.create', {
      key: makeKey(),
      kind: 'group',
      name: 'Lunch',
      members: [bob.user],
    });
    group = made.summary.id as ConversationId;
    await settle();
  });

  afterEach(async () => {
    await core.stop();
    expect(errors).toEqual([]);
  });

  /** What the stream is sent of the group where that happens between what was read and what is followed. */
  const sentAfter = async (meanwhile: () => Promise<unknown>): Promise<readonly number[]> => {
    const sink = new Recorder();
    const [answer, second] = [log.hold('conversationsOf'), log.hold('conversationsOf')];
    const opening = core.open(here()[1], HELLO, sink);
    await settle();
    await meanwhile();
    answer();
    await settle();
    await say('while it is read again');
    second();
    await opening;
    await say('after');
    await clock.advanceAsync(10_000);
    return sink.of('entry').flatMap(({ conversation, seq }) => (conversation === group ? [seq] : []));
  };

  it('[B2] gets nothing above the entry that removes them', async () => {
    expect(await sentAfter(() => change('member.remove'))).toEqual([]);
  });

  it('gets what comes later where they were added again meanwhile', async () => {
    const sent = await sentAfter(async () => {
      await change('member.remove');
      await change('member.add');
    });
    // The join was told of and read for itself: nothing is read again.
    expect(sent).toEqual([5, 6]);
  });

  it('gets what comes later where others wrote meanwhile', async () => {
    expect(await sentAfter(() => say('before'))).toEqual([5]);
  });

  /** What a person's stream is told of the group from a second joining on, where that happens before its summary comes. */
  const toldOnJoining = async (meanwhile: () => Promise<unknown>) => {
    const sink = new Recorder();
    await core.open(here()[1], HELLO, sink);
    await change('member.remove');
    await settle();
    sink.clear();
    const answer = log.hold('summary');
    await change('member.add');
    await meanwhile();
    answer();
    await settle();
    await say('after');
    await settle();
    return toldOfGroup(sink);
  };

  const toldOfGroup = ({ frames }: Recorder): readonly (string | number)[] =>
    frames.flatMap((frame): readonly (string | number)[] => {
      if (frame.type === 'conversation') return [`${frame.summary.role} above ${frame.summary.pushedAfter}`];
      if (frame.type === 'entry') return [frame.seq];
      return frame.type === 'signal' && frame.name === 'marks' ? ['marks'] : [];
    });

  it('[B2] sends nothing twice and leaves nothing out where they are removed and added before they are told', async () => {
    const told = await toldOnJoining(async () => {
      await change('member.remove');
      await change('member.add');
      await say('meanwhile');
    });
    expect(told).toEqual(['member above 3', 4, 5, 'member above 5', 6, 7, 8]);
  });

  it('[B2] sends nothing after the entry that removes them before they are told that they joined', async () => {
    const told = await toldOnJoining(async () => {
      await change('member.remove');
      await say('meanwhile');
    });
    expect(told).toEqual(['member above 3', 4, 5]);
  });

  it('[C3] sends nothing twice where a node hears of a second joining before what removed them from the first', async () => {
    await change('member.remove');
    const bus = hub.node();
    // It hears late who joined, and nothing of what is said.
    const late: (() => void)[] = [];
    const takeLate = (take: (message: string) => void) => (message: string) => void late.push(() => take(message));
    const other = await startNode('two', {
      publish: (topic, message) => bus.publish(topic, message),
      subscribe: (topic, take, onGap) =>
        bus.subscribe(topic, topic.startsWith('u:') ? takeLate(take) : () => {}, onGap),
    });
    const sink = new Recorder();
    await other.open(here()[0], HELLO, new Recorder());
    await other.open(here()[1], HELLO, sink);
    sink.clear();
    for (const name of ['member.add', 'member.remove', 'member.add'] as const) await change(name);
    await settle();
    for (const take of late.splice(0)) take();
    await settle();
    await say('after');
    await clock.advanceAsync(10_000);
    await other.stop();
    expect(toldOfGroup(sink)).toEqual(['member above 5', 6, 7]);
  });

  it('[C3] leaves nothing out for one whose summary comes after that of another who joined later, and is from before', async () => {
    const sink = new Recorder();
    const [author, other] = here();
    await core.open(author, HELLO, sink);
    await core.open(other, HELLO, new Recorder());
    sink.clear();
    const answer = log.hold('summary');
    const kinds = { kind: 'channel', visibility: 'public' } as const;
    const params = { key: makeKey(), ...kinds, name: 'News', members: [] };
    const made = await core.execute({ principal: author, stream: null }, 'conversation.create', params);
    const conversation = made.summary.id;
    await core.execute({ principal: other, stream: null }, 'channel.join', { key: makeKey(), conversation });
    await settle();
    await core.execute({ principal: other, stream: null }, 'message.send', {
      key: makeKey(),
      conversation,
      text: 'me',
    });
    answer();
    await clock.advanceAsync(10_000);
    expect(toldOfGroup(sink)).toEqual(['owner above 0', 1, 2, 3, 4]);
  });

  it('tells what they have read on another device after the summary, which may be from before', async () => {
    const told = await toldOnJoining(async () => {
      core.signal({ principal: here()[1], stream: null }, { name: 'marks', conversation: group, epoch: 1, read: 4 });
      await clock.advanceAsync(100);
    });
    expect(told).toEqual(['member above 3', 4, 'marks', 5]);
  });
});
