// A conversation as it outlives the run. Its members have a record of their own: there may be a thousand of them, and they
// change seldom. What is not of its form is not taken: the server is asked instead.
import type { ConversationState, FoldedMember } from '@kith/protocol';
import type { Mark } from '../mark.js';
import type { Stored } from '../storage/replica-store.js';
import type { Conversation } from './conversation.js';
import { withRun } from './runs.js';

/** Marks of more people than these are not kept: nobody is told them by themselves either (G4). */
const MOST_MARKS = 100;

type Pairs<T> = readonly (readonly [string, T])[];

type ConversationRecord = {
  readonly state: Omit<ConversationState, 'members'>;
  readonly marks: Pairs<Mark>;
} & Pick<
  Conversation,
  'announced' | 'role' | 'isMuted' | 'updatedAt' | 'head' | 'first' | 'last' | 'runs' | 'changing'
> &
  Pick<Conversation['reading'], 'confirmed' | 'counting' | 'told'>;

export function recordOf(conversation: Conversation, me: string): Stored {
  const { announced, role, isMuted, updatedAt, head, first, last, runs, changing, reading } = conversation;
  const { members: _members, ...state } = conversation.state;
  const { confirmed, counting, told } = reading;
  const all = [...reading.marks];
  const marks = all.length > MOST_MARKS ? all.filter(([user]) => user === me) : all;
  const parts = {
    state,
    marks,
    announced,
    role,
    isMuted,
    updatedAt,
    head,
    first,
    last,
    runs,
    changing,
    confirmed,
    counting,
    told,
  };
  return parts satisfies ConversationRecord;
}

/** The record of its members; null where they aren't all known. */
export function membersOf({ state, areMembersKnown }: Conversation): Stored | null {
  return areMembersKnown ? { members: [...state.members] } : null;
}

/**
 * Takes what was kept by an earlier run, or by another tab.
 * @returns whether it knew more than this one
 */
export function restore(
  conversation: Conversation,
  stored: Stored,
  members: Stored | undefined,
): 'newer' | 'older' | 'nonsense' {
  if (!isRecord(stored)) return 'nonsense';
  const { state, marks, confirmed, counting, told, runs, ...fields } = stored;
  const { isBegun, epoch, to } = conversation;
  const isNewer = !isBegun || state.epoch !== epoch || state.head > to;
  if (isNewer) {
    const people = (members?.members ?? []) as Pairs<FoldedMember>;
    Object.assign(conversation, fields, { runs, tail: [], areMembersKnown: members !== undefined });
    conversation.state = { ...state, members: new Map(people) };
    Object.assign(conversation.reading, { confirmed, counting, told, deletion: state.head, marks: new Map(marks) });
  } else {
    const [oldest] = conversation.tail;
    conversation.runs = oldest ? withRun(runs, [oldest.seq, conversation.to]) : runs;
    conversation.head = Math.max(conversation.head, fields.head);
    // What came since the store was written may change what is in the store alone.
    conversation.changing = fields.changing || state.head + 1;
  }
  conversation.wasStored(state.head, isNewer);
  return isNewer ? 'newer' : 'older';
}

function isRecord(stored: Stored): stored is ConversationRecord {
  const { state, marks, runs, counting, head, first } = stored as Partial<ConversationRecord>;
  const numbers = [state?.epoch, state?.head, state?.size, head, first, counting?.nAtRead, counting?.after];
  return numbers.every(Number.isFinite) && Array.isArray(marks) && Array.isArray(runs);
}
