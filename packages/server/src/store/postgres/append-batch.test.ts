import type { ConversationId, Key, UserId, WorkspaceId } from '@kith/protocol';
import { expect, test } from 'vitest';
import type { Grounds } from '../../core/grounds.js';
import type { ConversationRecord, Write } from '../../core/log.js';
import { AppendBatch, appendStatement } from './append-batch.js';
import { numberDrafts } from './entry-rows.js';
import { PendingWrite } from './pending-write.js';

const AUTHOR = 'author' as UserId;
const random = { bytes: (size: number) => new Uint8Array(size) };

function recordOf(id: string): ConversationRecord {
  const member = { ordinal: 1, role: 'owner', joined: 1, left: null } as const;
  const state = { epoch: 1, head: 5, n: 4, kind: 'group', name: null, settings: {}, structure: 1, size: 1 } as const;
  return {
    id: id as ConversationId,
    workspace: 'workspace' as WorkspaceId,
    state: { ...state, members: new Map([[AUTHOR, member]]) },
  };
}

/** Adds one write of `rows` messages to the conversation with this number. */
function add(batch: AppendBatch, no: number, rows = 1): PendingWrite {
  return addOn(batch, no, { rows, heads: [] });
}

type Added = { readonly rows: number; readonly heads: Grounds['heads'] };

function addOn(batch: AppendBatch, no: number, { rows, heads }: Added): PendingWrite {
  const id = `conversation ${no}` as ConversationId;
  const record = batch.latestOf(id)?.record ?? recordOf(id);
  const draft = { kind: 'message.sent', body: { text: 'hi' } } as const;
  const write: Write = {
    workspace: record.workspace,
    conversation: id,
    author: AUTHOR,
    key: `key ${batch.rows}` as Key,
    content: '',
    decide: () => [draft],
    restsOn: { heads, again: () => Promise.resolve() },
  };
  const drafts = [draft, ...Array.from({ length: rows - 1 }, () => draft)] as const;
  const numbered = numberDrafts(record.state, write, { drafts, nowMs: 1, random, secret: Buffer.alloc(1) });
  if (!numbered) throw new Error('the author is a member');
  const pending = new PendingWrite(write, 0);
  batch.add({ pending, no, record, isUnseen: false, numbered });
  return pending;
}

test('the numbers of one conversation follow each other, and rows are sorted by conversation', () => {
  const batch = new AppendBatch();
  for (const no of [7, 3, 7, 3, 7]) add(batch, no);
  const values = batch.values();
  expect(values.slice(0, 4)).toEqual([[3, 7], [7, 8], [], []]);
  const rows = Array.from({ length: 5 }, (_, index) => values.slice(4 + index * 10, 6 + index * 10));
  expect(rows).toEqual([
    [3, 6],
    [3, 7],
    [7, 6],
    [7, 7],
    [7, 8],
  ]);
  expect(values).toHaveLength(4 + 5 * 10);
  expect(appendStatement(5).text).toContain('$54)');
});

test('what its writes rest on stands in it once, as long as they rest on it', async () => {
  const batch = new AppendBatch();
  const [mine, yours] = ['mine', 'yours'].map((id) => id as ConversationId) as [ConversationId, ConversationId];
  const on = (conversation: ConversationId, head: number) => ({ conversation, head });
  addOn(batch, 1, { rows: 1, heads: [on(mine, 4), on(yours, 6)] });
  addOn(batch, 2, { rows: 1, heads: [on(mine, 4)] });
  const judged = addOn(batch, 3, { rows: 1, heads: [on(yours, 7)] });
  expect(batch.values().slice(2, 4)).toEqual([
    [mine, yours, yours],
    [4, 6, 7],
  ]);
  await judged.judgeAgain();
  expect(batch.values().slice(2, 4)).toEqual([
    [mine, yours],
    [4, 6],
  ]);
});

test('a batch is cut to a size that is prepared, and what is cut off comes back in order', () => {
  const batch = new AppendBatch();
  const pendings = Array.from({ length: 29 }, (_, index) => add(batch, index % 4));
  expect(batch.trim()).toEqual(pendings.slice(24));
  expect(batch.rows).toBe(24);
  expect(appendStatement(24).name).toBe('append_24');
  expect(batch.trim()).toEqual([]);
  // What is left counts from what is left.
  expect(batch.latestOf('conversation 0' as ConversationId)?.record.state.head).toBe(5 + 6);
});

test('the rows of one write are never parted', () => {
  const batch = new AppendBatch();
  for (let no = 0; no < 6; no += 1) add(batch, no, 3);
  expect(batch.trim()).toHaveLength(1);
  expect(batch.rows).toBe(15);
  const wide = new AppendBatch();
  add(wide, 1, 20);
  expect(wide.trim()).toEqual([]);
  expect(appendStatement(wide.rows).name).toBeUndefined();
});

test('a batch knows the keys that it holds, by conversation and author', () => {
  const batch = new AppendBatch();
  const { write } = add(batch, 1);
  expect(batch.hasKey(write.conversation, write.author, write.key)).toBe(true);
  expect(batch.hasKey('conversation 2' as ConversationId, write.author, write.key)).toBe(false);
});
