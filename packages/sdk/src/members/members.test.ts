import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { unavailable } from '../refusal.js';
import type { Conversation } from '../replica/conversation.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import { WatchedMembers } from './members.js';

describe('members of what is watched', () => {
  let isOpen: boolean;
  let conversation: { id: string; kind: string; areMembersKnown: boolean };
  let reads: { readonly id: string; readonly done: () => Promise<void>; readonly refuse: () => Promise<void> }[];
  let tell: (event: ReplicaEvent) => void;
  let isHeard: boolean;
  let members: WatchedMembers;

  beforeEach(() => {
    isOpen = true;
    isHeard = true;
    reads = [];
    conversation = { id: 'c', kind: 'group', areMembersKnown: false };
    members = new WatchedMembers({
      isOpen: () => isOpen,
      replica: {
        conversation: () => conversation as Conversation,
        subscribe: (listener) => {
          tell = listener;
          return () => {
            isHeard = false;
          };
        },
      },
      read: (id) =>
        new Promise((resolve, reject) => {
          const done = () => {
            conversation.areMembersKnown = true;
            resolve();
            return settle();
          };
          const refuse = () => {
            reject(unavailable('not now'));
            return settle();
          };
          reads.push({ id, done, refuse });
        }),
    });
  });

  const moved = (type: 'moved' | 'restored') => {
    conversation.areMembersKnown = false;
    tell({ type, conversation: conversation as Conversation });
  };

  it('are read once, however many look', async () => {
    members.watch('c');
    members.watch('c');
    expect(reads).toHaveLength(1);
    await reads[0]?.done();
    members.watch('c');
    expect(reads).toHaveLength(1);
  });

  it('are not read of a conversation of one, nor of one that nobody looks at', () => {
    moved('moved');
    conversation.kind = 'self';
    members.watch('c');
    expect(reads).toEqual([]);
  });

  it.each(['moved', 'restored'] as const)('are read again after it has %s', async (type) => {
    members.watch('c');
    await reads[0]?.done();
    moved(type);
    expect(reads).toHaveLength(2);
  });

  it('are read again where it has moved while they were read', async () => {
    members.watch('c');
    moved('moved');
    expect(reads).toHaveLength(1);
    const [first] = reads;
    const done = first?.done();
    conversation.areMembersKnown = false;
    await done;
    expect(reads).toHaveLength(2);
  });

  it('are read after a refusal with the next connection, and not before', async () => {
    members.watch('c');
    await reads[0]?.refuse();
    moved('moved');
    expect(reads).toHaveLength(1);
    tell({ type: 'connected' });
    expect(reads).toHaveLength(2);
  });

  it('wait for a connection', () => {
    isOpen = false;
    members.watch('c');
    expect(reads).toEqual([]);
    isOpen = true;
    tell({ type: 'connected' });
    expect(reads).toHaveLength(1);
  });

  it('are not read once nobody looks any more, each having ended once', async () => {
    const end = members.watch('c');
    const other = members.watch('c');
    await reads[0]?.done();
    end();
    end();
    moved('moved');
    expect(reads).toHaveLength(2);
    await reads[1]?.done();
    other();
    moved('moved');
    expect(reads).toHaveLength(2);
  });

  it('hear nothing after the end', () => {
    members.watch('c');
    members.close();
    expect(isHeard).toBe(false);
  });
});
