import { CLIENT_LIMITS } from '@kith/protocol';
import { settle } from '@kith/testkit/fake-clock';
import { beforeEach, describe, expect, it } from 'vitest';
import { unavailable } from '../refusal.js';
import type { Conversation } from '../replica/conversation.js';
import type { ReplicaEvent } from '../replica/replica-event.js';
import { WatchedMembers } from './members.js';

type Read = { readonly id: string; readonly done: () => Promise<void>; readonly refuse: () => Promise<void> };

/** What was asked, which a test answers. */
function asked(into: Read[], id: string, onDone = () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = () => {
      onDone();
      resolve();
      return settle();
    };
    const refuse = () => {
      reject(unavailable('not now'));
      return settle();
    };
    into.push({ id, done, refuse });
  });
}

describe('members of what is watched', () => {
  let isOpen: boolean;
  let conversation: { id: string; kind: string; areMembersKnown: boolean; size: number; epoch: number };
  let reads: Read[];
  let marks: Read[];
  let tell: (event: ReplicaEvent) => void;
  let isHeard: boolean;
  let members: WatchedMembers;

  beforeEach(() => {
    isOpen = true;
    isHeard = true;
    reads = [];
    marks = [];
    conversation = { id: 'c', kind: 'group', areMembersKnown: false, size: 3, epoch: 1 };
    members = new WatchedMembers({
      isOpen: () => isOpen,
      replica: {
        limits: { ...CLIENT_LIMITS, receiptMembers: 3 },
        conversation: () => conversation as Conversation,
        subscribe: (listener) => {
          tell = listener;
          return () => {
            isHeard = false;
          };
        },
      },
      readMembers: (id) =>
        asked(reads, id, () => {
          conversation.areMembersKnown = true;
        }),
      readMarks: (id) => asked(marks, id),
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
    await marks[0]?.done();
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
    await marks[0]?.done();
    end();
    end();
    moved('moved');
    expect(reads).toHaveLength(2);
    await reads[1]?.done();
    other();
    moved('moved');
    expect(reads).toHaveLength(2);
  });

  it('have their marks read on each connection, also where all of them are known', async () => {
    conversation.areMembersKnown = true;
    members.watch('c');
    expect([reads.length, marks.length]).toEqual([0, 1]);
    await marks[0]?.done();
    tell({ type: 'moved', conversation: conversation as Conversation });
    members.watch('c');
    expect(marks).toHaveLength(1);
    tell({ type: 'connected' });
    expect([reads.length, marks.length]).toEqual([0, 2]);
  });

  it('have their marks read again in another log, and after a refusal with the next connection', async () => {
    conversation.areMembersKnown = true;
    members.watch('c');
    await marks[0]?.done();
    conversation.epoch = 2;
    tell({ type: 'restored', conversation: conversation as Conversation });
    expect(marks).toHaveLength(2);
    await marks[1]?.refuse();
    tell({ type: 'moved', conversation: conversation as Conversation });
    expect(marks).toHaveLength(2);
    tell({ type: 'connected' });
    expect(marks).toHaveLength(3);
  });

  it('have no marks read while they are more than whose are told', () => {
    conversation.areMembersKnown = true;
    conversation.size = 4;
    members.watch('c');
    expect(marks).toEqual([]);
    conversation.size = 3;
    tell({ type: 'moved', conversation: conversation as Conversation });
    expect(marks).toHaveLength(1);
  });

  it('hear nothing after the end', () => {
    members.watch('c');
    members.close();
    expect(isHeard).toBe(false);
  });
});
