// The contract of the index of messages: the rules SRCH1–… of docs/contracts.md, told to any adapter, and of the place where
// consumers keep how far they have got: CONS1–…. Each test quotes the rule that it shows.
import { afterAll, beforeAll, describe } from 'vitest';
import { consumerRules } from './consumers.js';
import { findingRules } from './search-finding.js';
import { keepingRules } from './search-keeping.js';
import { type MakeSearch, SearchWorld } from './search-world.js';

/** Registers the suite for one adapter. */
export function searchContract(name: string, make: MakeSearch): void {
  describe(`${name} keeps the rules of the index of messages`, () => {
    const world = new SearchWorld(make);
    beforeAll(() => world.open());
    afterAll(() => world.close());

    describe('finding', () => findingRules(world));
    describe('keeping', () => keepingRules(world));
    describe('consumers', () => consumerRules(world));
  });
}
