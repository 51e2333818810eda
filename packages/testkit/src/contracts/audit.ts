// The contract of the store of the audit trail: the rules AUD1–… of docs/contracts.md, told to any adapter through two of its nodes.
// All tests share one store; each makes a workspace of its own.
import { makeId, type UserId, type WorkspaceId } from '@kith/protocol';
import type { AuditQuery, AuditStore, NewAuditRecord } from '@kith/server/core/audit/audit-store';
import type { Directory } from '@kith/server/core/directory';
import { verifyChain } from '@kith/server/store/audit-chain';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SeededRandom } from '../seeded-random.js';

export type AuditSetup = {
  readonly audit: AuditStore;
  /** The same of another node. */
  readonly other: AuditStore;
  /** Beside the first one. */
  readonly directory: Directory;
  readonly close: () => Promise<void>;
};

const AT = 1_800_000_000_000;
const random = new SeededRandom(34);

export function newId<T extends string>(): T {
  return makeId(AT, random.bytes(10)) as string as T;
}

/** A record with everything that one may have. */
export function recordIn(workspace: WorkspaceId, more: Partial<NewAuditRecord> = {}): NewAuditRecord {
  return {
    ...{ workspace, at: AT, act: 'member.role', outcome: 'done', actor: newId(), session: newId(), target: newId() },
    ...{ conversation: newId(), address: '192.0.2.7', request: 'r-"1"\\é\u2028', trace: 'a'.repeat(32) },
    detail: { role: 'admin', days: null, many: 7, on: true },
    ...more,
  };
}

const ALL = { actor: null, target: null, act: null, since: null, until: null, before: null, limit: 1_000 };

/** Registers the suite for one adapter. */
export function auditContract(name: string, make: () => Promise<AuditSetup>): void {
  describe(`${name} keeps the rules of the audit trail`, () => {
    let setup: AuditSetup;
    beforeAll(async () => {
      setup = await make();
    });
    afterAll(() => setup.close());
    const numbers = async (workspace: WorkspaceId, query: Partial<AuditQuery> = {}): Promise<readonly number[]> =>
      (await setup.other.page({ ...ALL, workspace, ...query })).map(({ number }) => number);
    const fill = async (workspace: WorkspaceId, given: readonly Partial<NewAuditRecord>[]): Promise<void> => {
      for (const more of given) await setup.audit.append(recordIn(workspace, more));
    };

    test('[AUD1] a record is kept as it was given, with the next number and a hash over it and the one before', async () => {
      const workspace = newId<WorkspaceId>();
      const bare = {
        actor: null,
        session: null,
        target: null,
        conversation: null,
        address: null,
        request: null,
        trace: null,
      };
      const given = [recordIn(workspace), recordIn(workspace, { ...bare, detail: {} })];
      for (const [index, record] of given.entries()) expect(await setup.audit.append(record)).toBe(index + 1);
      const kept = await setup.other.chain(workspace, { after: 0, limit: 10 });
      expect(kept).toEqual(given.map((record, index) => ({ ...record, number: index + 1, hash: expect.any(String) })));
      expect(new Set(kept.map(({ hash }) => hash)).size).toBe(2);
      expect(await verifyChain(setup.other, workspace)).toEqual({
        holds: true,
        first: 1,
        last: 2,
        hash: kept[1]?.hash,
      });
      expect(await setup.audit.head(newId())).toBeNull();
      expect(await setup.audit.workspaces()).toContain(workspace);
    });

    test('[AUD2] of many at once, on any node, each has its number, without a hole, and the chain holds', async () => {
      const workspace = newId<WorkspaceId>();
      const nodes = [setup.audit, setup.other];
      const given = Array.from({ length: 24 }, (_, index) => nodes[index % 2]?.append(recordIn(workspace)));
      const made = await Promise.all(given);
      expect(made.toSorted((one = 0, two = 0) => one - two)).toEqual(given.map((_, index) => index + 1));
      expect(await verifyChain(setup.audit, workspace)).toMatchObject({ holds: true, last: 24 });
    });

    test('[AUD3] no record is before the one before it, whatever the clock of its node says', async () => {
      const workspace = newId<WorkspaceId>();
      await fill(workspace, [{ at: AT + 5 }, { at: AT }, { at: AT + 7 }]);
      const kept = await setup.other.chain(workspace, { after: 0, limit: 10 });
      expect(kept.map(({ at }) => at)).toEqual([AT + 5, AT + 5, AT + 7]);
      expect(await verifyChain(setup.audit, workspace)).toMatchObject({ holds: true, last: 3 });
    });

    test('[AUD4] what is asked for is read the last first, by pages, by actor, target, act and time, of one workspace', async () => {
      const workspace = newId<WorkspaceId>();
      const [ann, ben] = [newId<UserId>(), newId<UserId>()];
      await setup.audit.append(recordIn(newId<WorkspaceId>(), { actor: ann }));
      await fill(workspace, [
        { actor: ann, target: ben, at: AT + 1 },
        { actor: ben, target: ann, at: AT + 2, act: 'session.create' },
        { actor: ann, target: ann, at: AT + 3, act: 'session.create' },
        { actor: null, target: ben, at: AT + 4 },
      ]);
      expect(await numbers(workspace)).toEqual([4, 3, 2, 1]);
      expect(await numbers(workspace, { limit: 2 })).toEqual([4, 3]);
      expect(await numbers(workspace, { before: 3 })).toEqual([2, 1]);
      expect(await numbers(workspace, { actor: ann })).toEqual([3, 1]);
      expect(await numbers(workspace, { target: ben })).toEqual([4, 1]);
      expect(await numbers(workspace, { act: 'session.create' })).toEqual([3, 2]);
      expect(await numbers(workspace, { act: 'session.create', actor: ben })).toEqual([2]);
      expect(await numbers(workspace, { since: AT + 2, until: AT + 3 })).toEqual([3, 2]);
      expect(await numbers(workspace, { since: AT + 5 })).toEqual([]);
      expect(await numbers(workspace, { until: AT })).toEqual([]);
      expect(await numbers(newId())).toEqual([]);
    });

    test('[AUD5] the oldest are forgotten, each once, and the chain of what is left holds and goes on', async () => {
      const workspace = newId<WorkspaceId>();
      await fill(
        workspace,
        Array.from({ length: 8 }, (_, index) => ({ at: AT + index })),
      );
      expect(await setup.audit.prune(workspace, { before: AT, limit: 10 })).toBe(0);
      expect(await setup.audit.prune(workspace, { before: AT + 6, limit: 2 })).toBe(2);
      expect(await numbers(workspace)).toEqual([8, 7, 6, 5, 4, 3]);
      const wish = { before: AT + 5, limit: 100 };
      const gone = await Promise.all([setup.audit, setup.other, setup.audit].map((one) => one.prune(workspace, wish)));
      expect(gone.reduce((sum, one) => sum + one, 0)).toBe(3);
      expect(await verifyChain(setup.other, workspace)).toMatchObject({ holds: true, first: 6, last: 8 });
      expect(await setup.audit.prune(workspace, { before: AT + 100, limit: 100 })).toBe(3);
      expect(await verifyChain(setup.other, workspace)).toMatchObject({ holds: true, first: 9, last: 8 });
      expect(await setup.audit.append(recordIn(workspace))).toBe(9);
      expect(await verifyChain(setup.other, workspace)).toMatchObject({ holds: true, first: 9, last: 9 });
      expect(await setup.audit.prune(newId(), wish)).toBe(0);
    });

    test('[AUD6] the record of a standing is there if its change is, and of two at once one is', async () => {
      const { directory } = setup;
      const workspace = await directory.openWorkspace({ id: newId(), name: newId<string>(), at: AT });
      const person = async (username: string, more = {}) => {
        const named = { username, usernameKey: username, name: username, terms: [], passwordHash: null, at: AT };
        const id = newId<UserId>();
        expect(await directory.createAccount({ workspace: workspace.id, id, ...named, ...more })).toBe('created');
        return id;
      };
      const owner = await person('owner', { claim: { codeDigest: null } });
      const user = await person('somebody');
      const audit = recordIn(workspace.id, { actor: owner, target: user, act: 'workspacePerson.update' });
      const standing = { role: 'admin', deactivatedAt: null, expiresAt: null, at: AT, version: 1, by: null } as const;
      const wish = { workspace: workspace.id, user, ...standing, audit };
      expect(await directory.changeStanding({ ...wish, version: 9 })).toBeNull();
      expect(await numbers(workspace.id)).toEqual([]);
      const changed = await Promise.all([wish, wish, wish].map((one) => directory.changeStanding(one)));
      expect(changed.filter((one) => one !== null)).toHaveLength(1);
      expect(await numbers(workspace.id)).toEqual([1]);
    });
  });
}
