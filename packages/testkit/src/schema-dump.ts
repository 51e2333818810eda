// A schema as SQL that makes it again: tables, constraints, indexes, triggers and comments as PostgreSQL's own catalogue words them, with
// the migrations that led there. The same schema gives the same text on every major version, so that two are compared by it. It
// knows what our migrations make, and refuses what it doesn't know instead of leaving it out.

type Row = { readonly [column: string]: unknown };
type Query = (text: string) => Promise<readonly Row[]>;

const HERE = 'current_schema()::regnamespace';

/** What isn't written down here: a sequence, a view, a function of another kind, a type, a partition, a column's own settings. */
const UNKNOWN = `SELECT c.relname AS name FROM pg_class c
    WHERE c.relnamespace = ${HERE} AND (c.relkind NOT IN ('r', 'i', 't') OR c.relispartition OR c.relhasrules)
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'i')
  UNION ALL SELECT p.proname FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang WHERE p.pronamespace = ${HERE}
    AND (p.prorettype <> 'trigger'::regtype OR l.lanname <> 'plpgsql') AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
  UNION ALL SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = ${HERE} AND NOT t.tgisinternal AND t.tgenabled <> 'O'
  UNION ALL SELECT t.typname FROM pg_type t WHERE t.typnamespace = ${HERE} AND t.typtype IN ('e', 'd', 'r')
  UNION ALL SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_type t ON t.oid = a.atttypid
    WHERE c.relnamespace = ${HERE} AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
      AND (a.attoptions IS NOT NULL OR coalesce(a.attstattarget, -1) >= 0 OR a.attstorage <> t.typstorage)
  ORDER BY name`;

const TABLES = `SELECT format(E'CREATE TABLE %I (\\n  %s\\n)%s;', c.relname,
    string_agg(format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0
        THEN format(' COLLATE %s', a.attcollation::regcollation) ELSE '' END,
      CASE WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
        WHEN a.attidentity <> '' THEN format(' GENERATED %s AS IDENTITY',
          CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END)
        WHEN d.adbin IS NOT NULL THEN format(' DEFAULT %s', pg_get_expr(d.adbin, d.adrelid)) ELSE '' END,
      CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END), E',\\n  ' ORDER BY a.attnum),
    CASE WHEN c.reloptions IS NOT NULL THEN format(' WITH (%s)', array_to_string(c.reloptions, ', ')) ELSE '' END) AS text
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relnamespace = ${HERE} AND c.relkind = 'r' GROUP BY c.oid, c.relname, c.reloptions ORDER BY c.relname`;

/** Those that others refer to come first. From PostgreSQL 18 on NOT NULL is a constraint of its own; it stands with its column. */
const CONSTRAINTS = `SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s;', c.relname, k.conname,
    pg_get_constraintdef(k.oid)) AS text
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE c.relnamespace = ${HERE} AND k.contype <> 'n'
  ORDER BY array_position('{p,u,x,c,f}', k.contype::text), c.relname, k.conname`;

const INDEXES = `SELECT regexp_replace(pg_get_indexdef(i.indexrelid), ' ON ' || quote_ident(n.nspname) || '\\.', ' ON ') || ';' AS text
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relnamespace = ${HERE} AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype <> 'f')
  ORDER BY c.relname`;

/** What triggers run. */
const FUNCTIONS = `SELECT replace(pg_get_functiondef(p.oid), ' ' || quote_ident(n.nspname) || '.', ' ') || ';' AS text
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.pronamespace = ${HERE} AND p.prorettype = 'trigger'::regtype ORDER BY p.proname`;

const TRIGGERS = `SELECT replace(pg_get_triggerdef(t.oid), ' ' || quote_ident(n.nspname) || '.', ' ') || ';' AS text
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relnamespace = ${HERE} AND NOT t.tgisinternal ORDER BY c.relname, t.tgname`;

const COMMENTS = `SELECT CASE WHEN d.objsubid = 0 THEN format('COMMENT ON TABLE %I IS %L;', c.relname, d.description)
    ELSE format('COMMENT ON COLUMN %I.%I IS %L;', c.relname, a.attname, d.description) END AS text
  FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid AND d.objsubid > 0
  WHERE c.relnamespace = ${HERE} AND c.relkind = 'r' ORDER BY c.relname, d.objsubid`;

const MIGRATIONS = `SELECT format('INSERT INTO schema_migration (number, name, readable_since, checksum) VALUES (%s, %L, %s, %L);',
    number, name, readable_since, checksum) AS text FROM schema_migration ORDER BY number`;

/** One statement, so that it is of one moment; each part in its own order. */
const PARTS = [TABLES, CONSTRAINTS, INDEXES, FUNCTIONS, TRIGGERS, COMMENTS, MIGRATIONS];
const EVERYTHING = `SELECT ARRAY(${UNKNOWN})::text[] AS unknown, ${PARTS.map((part, at) => `ARRAY(${part}) AS part${at}`).join(', ')}`;

/** @throws Error where something in the schema is of a kind that would be left out */
export async function dumpSchema(query: Query): Promise<string> {
  const [row] = await query(EVERYTHING);
  const unknown = linesOf(row?.unknown);
  if (unknown.length > 0) throw new Error(`the dump of a schema knows nothing of ${unknown.join(', ')}`);
  return PARTS.map((_, at) => `${linesOf(row?.[`part${at}`]).join('\n')}\n`).join('\n');
}

function linesOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** The same without the migrations that led there: what two ways to a schema have in common. */
export function structureOf(dump: string): string {
  return dump.replaceAll(/^INSERT INTO schema_migration .*\n/gm, '');
}
