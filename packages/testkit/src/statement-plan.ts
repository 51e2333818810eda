// How PostgreSQL would run a statement, and whether that stays small however large the tables grow. A plan is kept for as
// long as its connection lives, so the one that is made while a table is empty and was never analysed counts, too.
import type { Connection } from '@kith/server/store/postgres/pool';
import pg from 'pg';

export type Plan = { readonly [field: string]: unknown; readonly Plans?: readonly Plan[] };

export type PlanRequest = {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly mode: 'force_custom_plan' | 'force_generic_plan';
};

export async function planOf(connection: Connection, { text, values, mode }: PlanRequest): Promise<Plan> {
  await connection.query({ text: `SET plan_cache_mode = ${mode}` });
  await connection.query({ text: `PREPARE one AS ${text}` });
  try {
    const given = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
    const explain = { text: `EXPLAIN (FORMAT JSON) EXECUTE one${given}` };
    const [row] = await connection.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(explain);
    const plan = row?.['QUERY PLAN'][0]?.Plan;
    if (!plan) throw new Error('no plan');
    return plan;
  } finally {
    await connection.query({ text: 'DEALLOCATE one' });
  }
}

function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (Buffer.isBuffer(value)) return `'\\x${value.toString('hex')}'`;
  if (!Array.isArray(value)) return pg.escapeLiteral(String(value));
  return pg.escapeLiteral(`{${value.map((item) => (item === null ? 'NULL' : `"${String(item)}"`)).join(',')}}`);
}

/** Tables of one row or a handful, which are read whole. */
const SMALL = ['store', 'signing_key'];

/**
 * The parts of a plan that read more than they need: a table or an index as a whole, all of a workspace, or both sides of
 * a join before they are joined.
 */
export function wideReads(plan: Plan): readonly string[] {
  return [...ownWideReads(plan), ...(plan.Plans ?? []).flatMap(wideReads)];
}

function ownWideReads(plan: Plan): readonly string[] {
  const { 'Node Type': node, 'Relation Name': table, 'Index Name': index, 'Index Cond': condition } = plan;
  if (node === 'Hash Join' || node === 'Merge Join') return [node];
  if (node === 'Seq Scan' && !SMALL.includes(String(table))) return [`Seq Scan of ${String(table)}`];
  const isIndexScan = node === 'Index Scan' || node === 'Index Only Scan' || node === 'Bitmap Index Scan';
  if (!isIndexScan || SMALL.includes(String(table))) return [];
  if (condition === undefined) return [`all of ${String(index)}`];
  const isOfWorkspace = /^\(workspace = \S+\)$/.test(String(condition).replace(/^\((\w+\.)?/, '('));
  return isOfWorkspace ? [`all of a workspace in ${String(index)}`] : [];
}
