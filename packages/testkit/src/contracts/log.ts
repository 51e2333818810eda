// The contract of the conversation log: the rules LOG1–… of docs/contracts.md, told to any adapter. Each test quotes the
// rule that it shows. All tests of an adapter share one store with two nodes on it.
import { afterAll, beforeAll, describe } from 'vitest';
import { amendmentRules } from './log-amendments.js';
import { changeRules } from './log-changes.js';
import { choiceRules } from './log-choices.js';
import { followerRules } from './log-followers.js';
import { groundRules } from './log-grounds.js';
import { hideRules } from './log-hides.js';
import { keyRules } from './log-keys.js';
import { listingRules } from './log-listing.js';
import { markRules } from './log-marks.js';
import { pinRules } from './log-pins.js';
import { placeRules } from './log-places.js';
import { reactionRules } from './log-reactions.js';
import { readerRules } from './log-readers.js';
import { readingRules } from './log-reading.js';
import { reopeningRules } from './log-reopening.js';
import { summaryRules } from './log-summaries.js';
import { talkRules } from './log-talks.js';
import { threadRules } from './log-threads.js';
import { voteRules } from './log-votes.js';
import { LogWorld, type MakeLog } from './log-world.js';
import { writingRules } from './log-writing.js';

/** Registers the suite for one adapter. `make` is called once for the shared store, and for each test that needs another. */
export function logContract(name: string, make: MakeLog): void {
  describe(`${name} keeps the rules of the log`, () => {
    const world = new LogWorld(make);
    beforeAll(() => world.open());
    afterAll(() => world.close());

    describe('writing', () => writingRules(world));
    describe('keys', () => keyRules(world));
    describe('reading', () => readingRules(world));
    describe('summaries', () => summaryRules(world));
    describe('listing', () => listingRules(world));
    describe('marks', () => markRules(world));
    describe('changes', () => changeRules(world));
    describe('edits and deletions', () => amendmentRules(world));
    describe('reactions', () => reactionRules(world));
    describe('pins', () => pinRules(world));
    describe('votes', () => voteRules(world));
    describe('threads', () => threadRules(world));
    describe('followers', () => followerRules(world));
    describe('places', () => placeRules(world));
    describe('readers', () => readerRules(world));
    describe('choices', () => choiceRules(world));
    describe('grounds', () => groundRules(world));
    describe('hides', () => hideRules(world));
    describe('talks', () => talkRules(world));
    // Last: it ends the node that the others use.
    describe('reopening', () => reopeningRules(world));
  });
}
