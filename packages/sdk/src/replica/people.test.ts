import { beforeEach, describe, expect, it } from 'vitest';
import {
  entries,
  entry,
  HERE,
  ME,
  OTHER,
  person,
  ReplicaScene,
  summary,
  welcome,
} from '../../test/fixtures/replica-scene.js';

let scene: ReplicaScene;
let told: number;

beforeEach(async () => {
  scene = new ReplicaScene();
  await scene.begin();
});

const people = () => scene.replica.shown.people(HERE).getSnapshot();
const marks = (read: number) =>
  ({
    type: 'signal',
    name: 'marks',
    conversation: HERE,
    epoch: 1,
    marks: [{ user: OTHER, delivered: 4, read }],
  }) as const;
const memberOf = (user: string, role: 'owner' | 'member') => ({ user, role, joined: 1 });

/** What is told to one who looks is counted in `told`. */
function look(): () => void {
  told = 0;
  return scene.replica.shown.people(HERE).subscribe(() => {
    told += 1;
  });
}

async function holding(): Promise<void> {
  await scene.take(welcome([summary(4, { pushedAfter: 0 })]));
  await scene.takeEntries(...entries(1, 4).map((one) => ({ ...one, author: ME })));
}

function takeMembers(): void {
  const members = [memberOf(ME, 'owner'), memberOf(OTHER, 'member')];
  scene.replica.takeMembers(HERE, { members, users: {}, asOf: 4 });
}

describe('people of a conversation, as they are shown', () => {
  it('are the same object until something of them changes, and nobody is told before', async () => {
    await holding();
    takeMembers();
    look();
    await scene.take(marks(2));
    const shown = people();
    expect(told).toBe(1);
    await scene.take(marks(2), marks(1));
    await scene.take({ type: 'signal', name: 'user', users: [{ id: OTHER, version: 2 }] });
    await scene.takeEntries(entry(4, { author: ME }));
    expect([people() === shown, told]).toEqual([true, 1]);
  });

  it('are others, and are told, when a mark, a member or a role is another', async () => {
    await holding();
    look();
    const seen = [people()];
    takeMembers();
    seen.push(people());
    expect([...(people().members ?? [])].map(([user, { role }]) => [user, role])).toEqual([
      [ME, 'owner'],
      [OTHER, 'member'],
    ]);
    await scene.take(marks(3));
    seen.push(people());
    expect(people().marks.get(OTHER)).toEqual({ delivered: 4, read: 3 });
    const promoted = { n: 4, author: ME, kind: 'member.role', body: { user: OTHER, role: 'admin' } } as const;
    await scene.takeEntries(entry(5, promoted));
    seen.push(people());
    expect(people().members?.get(OTHER)?.role).toBe('admin');
    await scene.takeEntries(entry(6, { n: 4, author: OTHER, kind: 'member.left', body: { users: [OTHER] } }));
    seen.push(people());
    expect(people().members?.get(OTHER)?.left).toBe(6);
    expect([new Set(seen).size, told]).toEqual([5, 4]);
    // What was shown before stays as it was.
    expect(seen[2]?.members?.get(OTHER)).toMatchObject({ role: 'member', left: null });
  });

  it('are told where the conversation becomes known after somebody began to look, and where it is gone', async () => {
    await scene.take(welcome([]));
    const end = look();
    expect(people()).toEqual({ me: ME, peer: null, members: null, marks: new Map() });
    const peer = { user: OTHER, delivered: 1, read: 1 };
    await scene.take({ type: 'conversation', summary: summary(1, { kind: 'direct', pushedAfter: 0, peer }) });
    expect([people().peer, people().marks.get(OTHER), told]).toEqual([OTHER, { delivered: 1, read: 1 }, 1]);
    scene.replica.forget(HERE);
    expect([people().peer, told]).toEqual([null, 2]);
    end();
    await scene.take({ type: 'conversation', summary: summary(1, { kind: 'direct', pushedAfter: 0, peer }) });
    expect(told).toBe(2);
  });

  it('are not known any more, and told so, where everything was let go of', async () => {
    await holding();
    takeMembers();
    look();
    await scene.take({ type: 'conversation', summary: summary(0, { epoch: 2 }) });
    expect([people().marks.get(OTHER), told > 0]).toEqual([undefined, true]);
    await scene.take(welcome([], { user: person(OTHER), since: 'theirs' }));
    expect(people()).toEqual({ me: OTHER, peer: null, members: null, marks: new Map() });
  });
});
