// `kith audit`: who did what to whom, when and from where; and whether the trail is as it was written.
import type { WorkspaceId } from '@kith/protocol';
import { usernameKey } from '@kith/server/core/accounts/names';
import type { AuditQuery, KeptAuditRecord } from '@kith/server/core/audit/audit-store';
import { verifyChain } from '@kith/server/store/audit-chain';
import { PostgresAudit } from '@kith/server/store/postgres/audit';
import { PostgresDirectory } from '@kith/server/store/postgres/directory';
import { PostgresOperatorStore } from '@kith/server/store/postgres/operator';
import type { Database } from '@kith/server/store/postgres/pool';
import { type Command, columns, DONE, FAILED, parseLine, Refusal, type Terminal, UsageError } from '../command.js';
import { withDatabase } from '../database.js';
import { parseInterval } from '../retention.js';
import { readSettings } from '../settings.js';
import { workspaceNamed } from '../workspace-named.js';

const USAGE = `kith audit: who did what to whom, when and from where

  kith audit [--since WHEN] [--until WHEN] [--actor WHO] [--target WHO] [--act ACT] [--limit N]
  kith audit verify [--expect NUMBER:HASH]    whether the trail is as it was written

  WHEN               a time as 2026-05-01 or 2026-05-01T12:00Z, or how long ago, as 24h or 7d (s, m, h, d; up to 31d)
  WHO                a username, or an id of somebody or something
  ACT                the name of a request, as session.create, or of the server's or the command's, as kith.backup
  --limit N          at most so many, the last first; by default 100
  --expect           the last record that a verify said before, kept elsewhere: it must be there still, with that hash
  --workspace NAME   another workspace than the one that every server has
  --json             a line of JSON for each record, or the verdict as JSON

Exit status: 0 done, 1 refused, failed, or the trail is not as it was written, 2 wrong usage.`;

const OPTIONS = {
  since: { type: 'string' },
  until: { type: 'string' },
  actor: { type: 'string' },
  target: { type: 'string' },
  act: { type: 'string' },
  limit: { type: 'string' },
  expect: { type: 'string' },
  workspace: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const PAGE = 1_000;
const SHOWN = 100;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Values = ReturnType<typeof parseLine<typeof OPTIONS>>['values'];

type Work = {
  readonly database: Database;
  readonly audit: PostgresAudit;
  readonly workspace: WorkspaceId;
  readonly values: Values;
  readonly terminal: Terminal;
};

export const audit: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(args, OPTIONS, { least: 0, most: 1 });
    const [action = 'list'] = words;
    if (action !== 'list' && action !== 'verify') throw new UsageError(`there is no kith audit ${action}`);
    if (values.expect !== undefined && action !== 'verify') throw new UsageError('--expect goes with verify');
    const asked = action === 'list' ? askedOf(values) : null;
    return await withDatabase(readSettings(), async (database) => {
      const { id: workspace } = await workspaceNamed(database, values.workspace);
      const work = { database, audit: new PostgresAudit(database), workspace, values, terminal };
      return asked === null ? await verify(work) : await list(work, asked);
    });
  },
};

type Asked = Pick<AuditQuery, 'since' | 'until' | 'act'> & { readonly limit: number };

function askedOf({ since, until, act, limit = String(SHOWN) }: Values): Asked {
  if (!/^[1-9]\d{0,6}$/.test(limit)) throw new UsageError('--limit takes a number, 1 or more');
  return { since: timeOf(since, '--since'), until: timeOf(until, '--until'), act: act ?? null, limit: Number(limit) };
}

function timeOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const ago = parseInterval(text);
  if (ago !== null) return Date.now() - ago;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at)) throw new UsageError(`${option} takes a time as 2026-05-01T12:00Z, or how long ago, as 24h`);
  return at;
}

async function list(work: Work, { limit, ...asked }: Asked): Promise<number> {
  const { audit: trail, workspace, values, terminal } = work;
  const query = { workspace, ...asked, actor: await idOf(work, values.actor), target: await idOf(work, values.target) };
  const rows: (readonly string[])[] = [['number', 'time', 'act', 'outcome', 'by', 'on', 'from', 'detail']];
  let before: number | null = null;
  for (let left = limit; left > 0; ) {
    const wanted = Math.min(left, PAGE);
    const page: readonly KeptAuditRecord[] = await trail.page({ ...query, before, limit: wanted });
    if (values.json === true) for (const { workspace: _, ...record } of page) terminal.out(JSON.stringify(record));
    else rows.push(...(await rowsOf(work, page)));
    left -= page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < wanted) break;
    before = last.number;
  }
  if (values.json !== true) for (const line of columns(rows)) terminal.out(line);
  return DONE;
}

/** People by their usernames. */
async function rowsOf({ database, workspace }: Work, page: readonly KeptAuditRecord[]): Promise<readonly string[][]> {
  const ids = page.flatMap(({ actor, target }) => [actor, target]).filter((id) => id !== null);
  const users = await new PostgresDirectory(database).users(workspace, ids as never);
  const names = new Map<string, string>(users.map(({ id, username }) => [id, username]));
  const named = (id: string | null): string => (id === null ? '' : (names.get(id) ?? id));
  return page.map(({ number, at, act, outcome, actor, target, address, detail }) => [
    ...[String(number), new Date(at).toISOString().slice(0, 19).replace('T', ' '), act, outcome],
    ...[actor === null && typeof detail.login === 'string' ? detail.login : named(actor), named(target), address ?? ''],
    Object.entries(detail)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
  ]);
}

/** @throws Refusal where nobody has that username */
async function idOf({ database, workspace }: Work, who: string | undefined): Promise<string | null> {
  if (who === undefined) return null;
  if (UUID.test(who)) return who.toLowerCase();
  const account = await new PostgresOperatorStore(database).accountNamed(workspace, usernameKey(who));
  if (account === null) throw new Refusal(`nobody has the username ${who}`);
  return account.user.id;
}

async function verify(work: Work): Promise<number> {
  const { audit: trail, workspace, values, terminal } = work;
  const verdict = await verifyChain(trail, workspace);
  const missed = verdict.holds && values.expect !== undefined ? await missedOf(work, values.expect) : null;
  const isWhole = verdict.holds && missed === null;
  if (values.json === true)
    terminal.out(JSON.stringify({ ...verdict, ...(missed ? { holds: false, reason: missed } : {}) }));
  else if (!verdict.holds) terminal.err(`the trail does not hold: record ${verdict.at}, ${verdict.reason}`);
  else if (missed !== null) terminal.err(`the trail does not hold: ${missed}`);
  else if (verdict.last < verdict.first) terminal.out('The trail holds, and no record is kept.');
  else {
    terminal.out(`The trail holds, from record ${verdict.first} to ${verdict.last}.`);
    terminal.out(`Its end, to be kept elsewhere for --expect: ${verdict.last}:${verdict.hash}`);
  }
  return isWhole ? DONE : FAILED;
}

/** Why the record that was noted is not the one that is there; null where it is, or was forgotten by age. */
async function missedOf({ audit: trail, workspace }: Work, expected: string): Promise<string | null> {
  const [, digits, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(expected) ?? [];
  if (digits === undefined) throw new UsageError('--expect takes NUMBER:HASH, as a verify said it');
  const number = Number(digits);
  const head = await trail.head(workspace);
  if (head !== null && number < head.base) return null;
  if (head !== null && number === head.base) return head.baseHash === hash ? null : `record ${number} was another`;
  const [found] = await trail.chain(workspace, { after: number - 1, limit: 1 });
  if (found?.number !== number) return `record ${number} is missing`;
  return found.hash === hash ? null : `record ${number} was another`;
}
