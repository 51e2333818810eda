// The conformance suite: every rule of docs/protocol/v1.md that can be seen from outside, tried against a server of which
// nothing is known but its URL. It signs up some fifty people; the server must be new, and let an address do so.
// Titles quote the rules; a rule that none quotes is in the list of those that can't be observed, or the suite fails.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { auditRules } from './auditing.js';
import { ballotRules } from './ballots.js';
import { botRules } from './bots.js';
import { catchingUpRules } from './catching-up.js';
import { countingRules } from './counting.js';
import { disappearingRules } from './disappearing.js';
import { changingRules } from './edits-and-deletions.js';
import { eventRules } from './events.js';
import { followedThreadRules } from './followed-threads.js';
import { guestRules } from './guests.js';
import { handInRules } from './hand-in.js';
import { hidingRules } from './hiding.js';
import { httpRules } from './http-rules.js';
import { incomingHookRules } from './incoming-hooks.js';
import { inviteRules } from './invites.js';
import { laterRules } from './later.js';
import { lifeRules } from './life.js';
import { lookRules } from './looks.js';
import { membershipRules } from './membership.js';
import { modelRules } from './model.js';
import { orderRules } from './order-and-keys.js';
import { outgoingHookRules } from './outgoing-hooks.js';
import { pinRules } from './pins.js';
import { placeRules } from './places.js';
import { pollRules, slowStreamRules } from './polls.js';
import { quoteRules } from './quotes.js';
import { reactionRules } from './reactions.js';
import { readerRules } from './readers.js';
import { retentionRules } from './retention.js';
import { quotedRules, rulesOfContract, UNOBSERVABLE } from './rules.js';
import { searchRules } from './searching.js';
import { sessionCookieRules } from './session-cookies.js';
import { sessionRules } from './sessions.js';
import { signalRules } from './signals.js';
import { slashCommandRules } from './slash-commands.js';
import { slowRules } from './slow.js';
import { threadRules } from './threads.js';
import { urgentRules } from './urgent.js';
import { visibilityRules } from './who-sees-whom.js';
import { wireRules } from './wire.js';
import { workspaceRules } from './workspace.js';
import { World } from './world.js';

export type ConformanceOptions = {
  /** Where the server is, as `http://127.0.0.1:8080`; asked once the tests run. */
  readonly url: () => string;
};

/** More than `limits.receiptMembers`, so that a group can be larger than that. */
const PEOPLE = 130;

/** Registers the suite. */
export function conformance({ url }: ConformanceOptions): void {
  describe('conformance', () => {
    const world = new World(url);
    beforeAll(() => world.fill(PEOPLE));
    afterAll(() => world.leave());

    test('every rule of the contract is quoted by a test, or known to be out of sight', () => {
      const quoted = quotedRules();
      const forgotten = rulesOfContract().filter((rule) => !quoted.has(rule) && !(rule in UNOBSERVABLE));
      expect(forgotten).toEqual([]);
      const rules = new Set(rulesOfContract());
      expect([...quoted, ...Object.keys(UNOBSERVABLE)].filter((rule) => !rules.has(rule))).toEqual([]);
      expect(Object.keys(UNOBSERVABLE).filter((rule) => quoted.has(rule))).toEqual([]);
    });

    // What waits for the server's own times runs side by side.
    describe.concurrent('in its own time', () => {
      slowRules(world);
      slowStreamRules(world);
    });

    describe('one after the other', () => {
      afterEach(() => world.leave());
      modelRules(world);
      wireRules(world);
      catchingUpRules(world);
      membershipRules(world);
      placeRules(world);
      workspaceRules(world);
      inviteRules(world);
      guestRules(world);
      orderRules(world);
      changingRules(world);
      reactionRules(world);
      ballotRules(world);
      threadRules(world);
      visibilityRules(world);
      pinRules(world);
      quoteRules(world);
      followedThreadRules(world);
      searchRules(world);
      laterRules(world);
      disappearingRules(world);
      retentionRules(world);
      lookRules(world);
      auditRules(world);
      hidingRules(world);
      readerRules(world);
      signalRules(world);
      lifeRules(world);
      countingRules(world);
      httpRules(world);
      eventRules(world);
      pollRules(world);
      sessionRules(world);
      sessionCookieRules(world);
      handInRules(world);
      botRules(world);
      incomingHookRules(world);
      outgoingHookRules(world);
      slashCommandRules(world);
      urgentRules(world);
    });
  });
}
