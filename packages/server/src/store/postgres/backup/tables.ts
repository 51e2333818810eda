// Which tables a backup holds, in an order in which they can be filled, and the statements that copy them. They are read from
// the database's own catalogue, so that a table of a later migration is in the next backup without a line here; the text of the
// statements is made by PostgreSQL itself, which quotes its names. Tables of others in the same database are left alone.
import type { Migration } from '../migrate.js';
import type { Queryable, Statement } from '../pool.js';

/** Made anew from the log after a restore, or worth nothing in another store. */
const LEFT_OUT: ReadonlySet<string> = new Set(['feed', 'search_document', 'schema_migration', 'consumer_hold']);

export type TableLayout = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly copyOut: string;
  readonly copyIn: string;
  readonly count: string;
};

/** The tables that migrations make. */
export function tablesOf(migrations: readonly Migration[]): readonly string[] {
  const made = migrations.flatMap(({ sql }) =>
    [...sql.matchAll(/^CREATE (?:UNLOGGED )?TABLE (\w+)/gm)].map(([, name]) => name ?? ''),
  );
  const gone = migrations.flatMap(({ sql }) => [...sql.matchAll(/^DROP TABLE (\w+)/gm)].map(([, name]) => name ?? ''));
  return made.filter((name) => !gone.includes(name));
}

/**
 * Transaction ids mean nothing in another server: 3 is the first that a server ever gave, and so before all that it will give.
 * Generated columns are made again.
 */
const READ_LAYOUTS: Statement = {
  text: `SELECT c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
    format('COPY (SELECT %s FROM %I) TO STDOUT', string_agg(
      CASE WHEN a.atttypid = 'xid8'::regtype THEN format('CASE WHEN %I IS NOT NULL THEN 3 END', a.attname)
        ELSE format('%I', a.attname) END, ', ' ORDER BY a.attnum), c.relname) AS "copyOut",
    format('COPY %I (%s) FROM STDIN', c.relname, string_agg(format('%I', a.attname), ', ' ORDER BY a.attnum)) AS "copyIn",
    format('SELECT count(*)::bigint AS rows FROM %I', c.relname) AS count
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY ($1::text[])
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  GROUP BY c.relname ORDER BY c.relname`,
};

const READ_REFERENCES: Statement = {
  text: `SELECT f.relname AS "from", t.relname AS "to"
  FROM pg_constraint k JOIN pg_class f ON f.oid = k.conrelid JOIN pg_class t ON t.oid = k.confrelid
  WHERE k.contype = 'f' AND f.relnamespace = current_schema()::regnamespace AND f.oid <> t.oid`,
};

type Reference = { readonly from: string; readonly to: string };

/** Those that are there, each after all that it refers to. */
export async function readLayouts(database: Queryable, names: readonly string[]): Promise<readonly TableLayout[]> {
  const wanted = names.filter((name) => !LEFT_OUT.has(name));
  const layouts = await database.query<TableLayout>(READ_LAYOUTS, [wanted]);
  return inOrder(layouts, await database.query<Reference>(READ_REFERENCES));
}

function inOrder(layouts: readonly TableLayout[], references: readonly Reference[]): readonly TableLayout[] {
  const left = new Map(layouts.map((layout) => [layout.name, layout]));
  const ordered: TableLayout[] = [];
  while (left.size > 0) {
    const free = [...left.values()].filter(
      ({ name }) => !references.some(({ from, to }) => from === name && left.has(to)),
    );
    if (free.length === 0) throw new Error(`tables refer to one another in a ring: ${[...left.keys()].join(', ')}`);
    for (const layout of free) {
      ordered.push(layout);
      left.delete(layout.name);
    }
  }
  return ordered;
}

/** A statement that drops those of the tables that are there; null where none is. */
export async function dropStatement(database: Queryable, names: readonly string[]): Promise<string | null> {
  const text = `SELECT format('DROP TABLE %s', string_agg(format('%I', c.relname), ', ')) AS statement FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname = ANY ($1::text[])`;
  const [row] = await database.query<{ statement: string | null }>({ text }, [names]);
  // Without a table, the list is null, and format leaves it out.
  return row?.statement?.trim() === 'DROP TABLE' ? null : (row?.statement ?? null);
}

/** Statements by which numbers that are counted up go on after those that were copied in. */
export async function readCounters(database: Queryable, names: readonly string[]): Promise<readonly string[]> {
  const text = `SELECT format('SELECT setval(pg_get_serial_sequence(%L, %L), coalesce(max(%I), 1), max(%I) IS NOT NULL) FROM %I',
      c.relname, a.attname, a.attname, a.attname, c.relname) AS statement
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY ($1::text[]) AND a.attidentity <> ''`;
  const rows = await database.query<{ statement: string }>({ text }, [names]);
  return rows.map(({ statement }) => statement);
}
