import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ConversationState, type Entry, emptyState, fold, isStructural, usersChangedBy } from './index.js';

const PEOPLE = ['a', 'b', 'c', 'd', 'e'];
const person = fc.constantFrom(...PEOPLE);
const people = fc.array(person, { maxLength: 4 });
const role = fc.constantFrom('owner', 'admin', 'moderator', 'member', 'reader');

type Happening = Pick<Entry, 'kind' | 'body' | 'author'>;

const happening: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant('member.joined'), body: fc.record({ users: people }) }),
  fc.record({ kind: fc.constant('member.left'), body: fc.record({ users: people }) }),
  fc.record({ kind: fc.constant('member.role'), body: fc.record({ user: person, role }) }),
  fc.record({
    kind: fc.constant('conversation.updated'),
    body: fc.record({ name: fc.string() }, { requiredKeys: [] }),
  }),
  fc.record({ kind: fc.constant('message.sent'), body: fc.record({ text: fc.string() }), author: person }),
  fc.record({ kind: fc.constantFrom('hidden', 'poll.opened', 'setting.set'), body: fc.constant({}) }),
);

const created: fc.Arbitrary<Happening> = fc.record(
  {
    kind: fc.constant('conversation.created'),
    body: fc.record({
      kind: fc.constantFrom('group', 'direct', 'self', 'channel'),
      users: fc.uniqueArray(person, { minLength: 1 }),
    }),
    author: person,
  },
  { requiredKeys: ['kind', 'body'] },
);

const log = fc
  .tuple(created, fc.array(happening, { maxLength: 30 }))
  .map(([first, rest]) => numbered([first, ...rest]));

function numbered(happenings: readonly Happening[]): readonly Entry[] {
  let n = 0;
  return happenings.map(({ kind, body, author }, index) => {
    if (kind === 'message.sent') n += 1;
    const entry = { conversation: 'c', epoch: 1, seq: index + 1, n, at: 0, kind, body };
    return author === undefined ? entry : { ...entry, author };
  });
}

function foldAll(entries: readonly Entry[], from: ConversationState = emptyState(1)): ConversationState {
  return entries.reduce(fold, from);
}

function present(state: ConversationState): string[] {
  return [...state.members].filter(([, member]) => member.left === null).map(([user]) => user);
}

describe('fold', () => {
  test('[M20] a snapshot and the entries after it equal the later snapshot, wherever the cut is', () => {
    fc.assert(
      fc.property(log, fc.nat(40), (entries, cut) => {
        const snapshot = structuredClone(foldAll(entries.slice(0, cut)));
        expect(foldAll(entries.slice(cut), snapshot)).toEqual(foldAll(entries));
      }),
    );
  });

  test('never changes the state that it was given', () => {
    fc.assert(
      fc.property(log, (entries) => {
        let state = emptyState(1);
        for (const entry of entries) {
          const before = structuredClone(state);
          const next = fold(state, entry);
          expect(state).toEqual(before);
          state = next;
        }
      }),
    );
  });

  test('[N1] counts messages as the entries do, and the size as the present members', () => {
    fc.assert(
      fc.property(log, (entries) => {
        let state = emptyState(1);
        for (const entry of entries) {
          state = fold(state, entry);
          expect(state.head).toBe(entry.seq);
          expect(state.n).toBe(entry.n);
          expect(state.size).toBe(present(state).length);
        }
      }),
    );
  });

  test('[B1] numbers people from 1 in the order of their coming, once and for ever', () => {
    fc.assert(
      fc.property(log, (entries) => {
        const ordinals = new Map<string, number>();
        let state = emptyState(1);
        for (const entry of entries) {
          state = fold(state, entry);
          for (const [user, ordinal] of ordinals) expect(state.members.get(user)?.ordinal).toBe(ordinal);
          for (const [user, { ordinal }] of state.members) ordinals.set(user, ordinal);
        }
        expect([...ordinals.values()]).toEqual([...ordinals.keys()].map((_, index) => index + 1));
      }),
    );
  });

  test('[B1] a member has a role and no end, one who left has neither role nor place', () => {
    fc.assert(
      fc.property(log, (entries) => {
        for (const member of foldAll(entries).members.values()) {
          expect(member.role === 'none').toBe(member.left !== null);
          if (member.left !== null) expect(member.left).toBeGreaterThan(member.joined);
        }
      }),
    );
  });

  test('[B1] changes nobody but those whom usersChangedBy names, and the structure only with structural entries', () => {
    fc.assert(
      fc.property(log, (entries) => {
        let state = emptyState(1);
        for (const entry of entries) {
          const next = fold(state, entry);
          const named = usersChangedBy(entry);
          for (const [user, member] of next.members) {
            if (!named.includes(user)) expect(member).toEqual(state.members.get(user));
          }
          expect(next.structure).toBe(isStructural(entry.kind) ? entry.seq : state.structure);
          state = next;
        }
      }),
    );
  });

  test.each([0, 2, 3])('[M5] refuses an entry that is not the next one: %i after nothing', (seq) => {
    const entry: Entry = { conversation: 'c', epoch: 1, seq, n: 0, at: 0, kind: 'hidden', body: {} };
    expect(() => fold(emptyState(1), entry)).toThrow(/does not follow/);
  });
});
