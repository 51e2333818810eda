// The contract of the directory: the rules DIR1–… of docs/contracts.md, told to any adapter. Each test quotes the rule
// that it shows. All tests of an adapter share one store with two nodes on it.
import { afterAll, beforeAll, describe } from 'vitest';
import { accountRules } from './directory-accounts.js';
import { handInRules } from './directory-hand-in.js';
import { inviteRules } from './directory-invites.js';
import { peopleRules } from './directory-people.js';
import { sessionRules } from './directory-sessions.js';
import { standingRules } from './directory-standings.js';
import { DirectoryWorld, type MakeDirectory } from './directory-world.js';

/** Registers the suite for one adapter; `make` is called once. */
export function directoryContract(name: string, make: MakeDirectory): void {
  describe(`${name} keeps the rules of the directory`, () => {
    const world = new DirectoryWorld(make);
    beforeAll(() => world.open());
    afterAll(() => world.close());

    describe('workspaces and accounts', () => accountRules(world));
    describe('people', () => peopleRules(world));
    describe('what people are in a workspace', () => standingRules(world));
    describe('invitations', () => inviteRules(world));
    describe('sessions, keys and reservations', () => sessionRules(world));
    describe('people of a product, and the keys of a workspace', () => handInRules(world));
  });
}
