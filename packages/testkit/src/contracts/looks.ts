// The contract of what keeps how workspaces look: the rules LOOK1–… of docs/contracts.md, told to any adapter.
import { ACCENTS, type WorkspaceId } from '@kith/protocol';
import type { LookStore } from '@kith/server/core/look/look-store';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshId } from './log-world.js';

export type LooksSetup = {
  readonly looks: LookStore;
  /** The same of another node. */
  readonly other: LookStore;
  readonly close: () => Promise<void>;
};

/** Registers the suite for one adapter. */
export function looksContract(name: string, make: () => Promise<LooksSetup>): void {
  describe(`${name} keeps the rules of looks`, () => {
    let setup: LooksSetup;
    beforeAll(async () => {
      setup = await make();
    });
    afterAll(() => setup.close());

    test('[LOOK1] a look is what was set last, of its workspace alone, on every node', async () => {
      const { looks, other } = setup;
      const [workspace, another] = [freshId<WorkspaceId>(), freshId<WorkspaceId>()];
      for (const accent of ACCENTS) {
        await looks.setLook(workspace, { accent });
        for (const store of [looks, other]) {
          expect(await store.looks([another, workspace])).toEqual(new Map([[workspace, { accent }]]));
        }
      }
      await other.setLook(workspace, { accent: 'pink' });
      await looks.setLook(another, { accent: 'red' });
      expect((await looks.looks([workspace])).get(workspace)).toEqual({ accent: 'pink' });
    });

    test('[LOOK2] of many workspaces those are found that have set one, and of none none', async () => {
      const { looks, other } = setup;
      const [first, last] = [freshId<WorkspaceId>(), freshId<WorkspaceId>()];
      const all = [first, ...Array.from({ length: 998 }, () => freshId<WorkspaceId>()), last];
      await looks.setLook(first, { accent: 'blue' });
      await looks.setLook(last, { accent: 'grey' });
      const wanted = new Map([
        [first, { accent: 'blue' }],
        [last, { accent: 'grey' }],
      ]);
      expect(await other.looks(all)).toEqual(wanted);
      expect(await other.looks([])).toEqual(new Map());
    });
  });
}
