// The search of people: whom one writes to and keeps comes first, by one's own doings alone. Rule V14 of docs/protocol/v1.md,
// on the shipped parts over the stores in memory and a clock that the test moves.
import { type ConversationId, type Key, makeId, SCOPES, type SessionId, toId, type WorkspaceId } from '@kith/protocol';
import { searchTerms } from '@kith/server/core/accounts/names';
import { Conversations } from '@kith/server/core/conversations';
import { KnownChoices } from '@kith/server/core/live/choices';
import { sendMessage } from '@kith/server/core/messages';
import { PeopleSearch } from '@kith/server/core/people-search';
import type { Principal } from '@kith/server/core/principal';
import { Reach } from '@kith/server/core/reach';
import { readSetting, Settings } from '@kith/server/core/settings';
import { SILENT } from '@kith/server/core/telemetry';
import { Writer } from '@kith/server/core/writer';
import { MemoryDirectory } from '@kith/server/store/memory/directory';
import { MemoryLog } from '@kith/server/store/memory/log';
import { MemoryStore } from '@kith/server/store/memory/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { FakeClock } from '../src/fake-clock.js';
import { SeededRandom } from '../src/seeded-random.js';

const DAY_MS = 24 * 3_600_000;
/** After it, what was known of a person is read again. */
const KNOWN_MS = 10_001;

class Place {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom(1);
  readonly directory = new MemoryDirectory();
  readonly workspace = this.id<WorkspaceId>();
  readonly log = new MemoryLog({ store: new MemoryStore(this), clock: this.clock });
  readonly choices = new KnownChoices({ log: this.log, telemetry: SILENT });
  readonly writer = new Writer(this.log, new Reach(this.log, this.choices), {
    announce: (entries) => this.choices.wrote(entries),
    seated: () => {},
  });
  readonly conversations = new Conversations({ ...this, reservations: this.directory });
  readonly settings = new Settings(this.log, this.writer);
  readonly people = new PeopleSearch({ ...this, profiles: this.directory });

  id<T extends WorkspaceId | SessionId | Key | ConversationId>(): T {
    return makeId<T>(this.clock.now(), this.random.bytes(10));
  }

  async open(): Promise<void> {
    await this.directory.openWorkspace({ id: this.workspace, name: 'default', at: this.clock.now() });
  }

  async person(username: string, name = username): Promise<Principal> {
    const user = toId<Principal['user']>(this.id<Key>());
    const account = { workspace: this.workspace, id: user, username, usernameKey: username, name };
    const at = this.clock.now();
    await this.directory.createAccount({ ...account, terms: searchTerms(username, name), passwordHash: 'none', at });
    const session = this.id<SessionId>();
    return { workspace: this.workspace, user, session, scopes: SCOPES, expiresAt: Number.MAX_SAFE_INTEGER };
  }

  async write(from: Principal, to: Principal, times = 1): Promise<void> {
    const { conversation } = await this.conversations.create(from, { kind: 'direct', members: [to.user] });
    for (let sent = 0; sent < times; sent += 1) {
      const params = { conversation, key: this.id<Key>(), text: 'hello' };
      await sendMessage(this.writer, from, { params, nowMs: this.clock.now(), source: null });
    }
  }

  async set(person: Principal, name: string, value: unknown): Promise<void> {
    const self = await this.conversations.self(person);
    const setting = readSetting({ name, value }, person);
    await this.settings.set(person, { self, key: this.id<Key>(), setting });
  }

  async found(person: Principal, query: string, limit?: number): Promise<readonly string[]> {
    this.clock.advance(KNOWN_MS);
    const params = limit === undefined ? { query } : { query, limit };
    return (await this.people.search(person, params)).map(({ username }) => username);
  }
}

describe('[V14] the search of people', () => {
  let place: Place;
  let ann: Principal;
  let [a, b, c, d]: Principal[] = [];
  beforeEach(async () => {
    place = new Place();
    await place.open();
    ann = await place.person('ann');
    [a, b, c, d] = [
      await place.person('sam.a'),
      await place.person('sam.b'),
      await place.person('sam.c'),
      await place.person('sam.d'),
    ];
  });
  const of = (person: Principal | undefined): Principal => {
    if (!person) throw new Error('nobody');
    return person;
  };

  it('is by username where nobody is nearer', async () => {
    expect(await place.found(ann, 'sam')).toEqual(['sam.a', 'sam.b', 'sam.c', 'sam.d']);
  });

  it('puts whom one writes to often before the alphabet, and whom one wrote to lately before whom one wrote to long ago', async () => {
    await place.write(ann, of(c), 3);
    await place.write(ann, of(d), 1);
    expect(await place.found(ann, 'sam')).toEqual(['sam.c', 'sam.d', 'sam.a', 'sam.b']);
    place.clock.advance(60 * DAY_MS);
    expect(await place.found(ann, 'sam')).toEqual(['sam.c', 'sam.d', 'sam.a', 'sam.b']);
    await place.write(ann, of(d), 1);
    expect(await place.found(ann, 'sam')).toEqual(['sam.d', 'sam.c', 'sam.a', 'sam.b']);
  });

  it('counts own doings alone: what others write to one, or one another, changes nothing', async () => {
    await place.write(of(d), ann, 9);
    await place.write(of(a), of(c), 9);
    expect(await place.found(ann, 'sam')).toEqual(['sam.a', 'sam.b', 'sam.c', 'sam.d']);
    expect(await place.found(of(d), 'a')).toEqual(['ann', 'sam.a']);
  });

  it('puts equals in one order, however often it is asked', async () => {
    for (const other of [d, b]) await place.write(ann, of(other), 2);
    for (let asked = 0; asked < 3; asked += 1) {
      expect(await place.found(ann, 'sam')).toEqual(['sam.b', 'sam.d', 'sam.a', 'sam.c']);
    }
  });

  it('gives the very username first, and whom one blocks last', async () => {
    const sam = await place.person('sam');
    await place.write(ann, of(c), 5);
    expect(await place.found(ann, 'sam')).toEqual(['sam', 'sam.c', 'sam.a', 'sam.b', 'sam.d']);
    await place.set(ann, `block:${of(c).user}`, true);
    expect(await place.found(ann, 'SAM')).toEqual(['sam', 'sam.a', 'sam.b', 'sam.d', 'sam.c']);
    // Who is blocked is not told by a search.
    await place.set(ann, `block:${sam.user}`, true);
    expect(await place.found(of(c), 'ann')).toEqual(['ann']);
  });

  it('puts contacts before others, favourites before contacts, and finds them by the own name for them', async () => {
    await place.set(ann, `contact:${of(c).user}`, { name: 'Chessmate' });
    await place.set(ann, `contact:${of(d).user}`, { favourite: true });
    await place.write(ann, of(b), 2);
    expect(await place.found(ann, 'sam')).toEqual(['sam.d', 'sam.b', 'sam.c', 'sam.a']);
    expect(await place.found(ann, 'chess')).toEqual(['sam.c']);
    expect(await place.found(of(a), 'chess')).toEqual([]);
    await place.set(ann, `contact:${of(c).user}`, null);
    expect(await place.found(ann, 'chess')).toEqual([]);
  });

  it('finds whom one writes to among more who match than the directory puts in order', async () => {
    for (let index = 0; index < 300; index += 1) await place.person(`z${String(index).padStart(3, '0')}`);
    const zoe = await place.person('zz.zoe');
    expect(await place.found(ann, 'z', 3)).toEqual(['z000', 'z001', 'z002']);
    await place.write(ann, zoe);
    expect(await place.found(ann, 'z', 3)).toEqual(['zz.zoe', 'z000', 'z001']);
  });
});
