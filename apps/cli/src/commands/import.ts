// `kith import`: takes an export in, of Kith into an empty installation, or of another product's into one that may have people.
import { makeId, type WorkspaceId } from '@kith/protocol';
import { SILENT } from '@kith/server/core/telemetry';
import { SystemRandom } from '@kith/server/edge/system-clock';
import { migrate } from '@kith/server/store/postgres/migrate';
import { type DatabaseAddress, PooledDatabase, requireUsableServer } from '@kith/server/store/postgres/pool';
import { importWorkspace, verifyExport } from '@kith/server/store/postgres/transfer/import';
import { recordActAt } from '../audit.js';
import { type Command, DONE, parseLine, Refusal, type Terminal, UsageError } from '../command.js';
import { reachDatabase } from '../database.js';
import { readSettings } from '../settings.js';
import { importSlack } from '../slack/import.js';
import { progressOn } from './backup.js';

const USAGE = `kith import: takes an export in

  kith import <file> [--json]                                   of kith export, into an empty installation
  kith import --verify <file> [--json]                          reads such a file through, and changes nothing
  kith import --from slack <export.zip> [--new-people] [--json]  of Slack, also into one with people

The file is read through and checked first; then all of it goes in, or nothing. Logs are what they were: order, numbers,
senders, times, bodies, and how far each has read. Every conversation gets a new epoch, as after a restore. Where the file
has no hashes of passwords nobody can sign in yet: kith user reset-password gives each a new one.
From Slack come people, channels, groups and direct talks, messages with their times, threads, reactions, edits and links to
files (docs/export.md). Whoever is here by the username or e-mail name of somebody there is them, unless --new-people says
that nobody is; others get accounts without a password (kith user reset-password). The whole archive is checked first; one
that was stopped is gone on with by the same import again, and one that was done doubles nothing.

The database is that of DATABASE_URL, or the embedded one in DATA_DIR, which is made if it is not there. No server may use it
meanwhile.
  --json   the result as a line of JSON

Exit status: 0 done, 1 refused or failed (of kith export, nothing has changed then), 2 wrong usage.`;

const OPTIONS = {
  from: { type: 'string' },
  verify: { type: 'boolean' },
  'new-people': { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

export const importCommand: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(args, OPTIONS, { least: 1 });
    const [path = ''] = words;
    const isJson = values.json === true;
    if (values.from !== undefined) {
      if (values.from !== 'slack') throw new UsageError('--from takes slack; what kith export wrote needs no --from');
      if (values.verify === true) throw new UsageError('--verify is of what kith export wrote');
      await importFromSlack(path, { terminal, isJson, mayMatch: values['new-people'] !== true });
      return DONE;
    }
    if (values['new-people'] === true) throw new UsageError('--new-people goes with --from slack');
    if (values.verify === true) {
      const { counts, log, sha256, credentials } = await verifyExport(path, terminal.signal);
      if (isJson) terminal.out(JSON.stringify({ file: path, isWhole: true, ...counts, credentials, log, sha256 }));
      else
        terminal.out(
          `${path} is whole: ${counts.users} users, ${counts.conversations} conversations, ${counts.entries} entries.`,
        );
      return DONE;
    }
    await importOwn(path, { terminal, isJson });
    return DONE;
  },
};

async function importOwn(
  path: string,
  { terminal, isJson }: { readonly terminal: Terminal; readonly isJson: boolean },
): Promise<void> {
  const progress = progressOn(terminal, isJson);
  const reached = await reachDatabase({ ...readSettings(), mayMake: true });
  try {
    if (reached.kind === 'served') throw new Refusal('a server uses this database: stop it first');
    await prepare(reached.address);
    const now = Date.now();
    const { counts, log, sha256, credentials } = await importWorkspace({
      ...{ address: reached.address, path, now, signal: terminal.signal },
      workspace: makeId<WorkspaceId>(now, new SystemRandom().bytes(10)),
      onVerified: () => progress.begin('importing', 'entries'),
      onProgress: (done, total) => progress.at(done, total),
    });
    progress.end();
    const detail = { entries: counts.entries, credentials };
    await recordActAt(reached.address, { act: 'kith.import', detail }, terminal);
    if (isJson) {
      terminal.out(JSON.stringify({ file: path, ...counts, credentials, log, sha256 }));
      return;
    }
    const { users, conversations, entries } = counts;
    terminal.out(
      `Imported: ${users} users, ${conversations} conversations and ${entries} entries; SHA-256 of the entries: ${log}`,
    );
    if (!credentials) {
      terminal.out('The file holds no passwords: kith user reset-password <username> gives each a new one.');
    }
  } finally {
    progress.end();
    await reached.close();
  }
}

/** Brings the schema up to this build's. */
async function prepare(address: DatabaseAddress): Promise<void> {
  const database = new PooledDatabase({ address, telemetry: SILENT, poolSize: 1 });
  try {
    await requireUsableServer(database);
    await migrate(database);
  } finally {
    await database.close();
  }
}

async function importFromSlack(
  path: string,
  { terminal, isJson, mayMatch }: { readonly terminal: Terminal; readonly isJson: boolean; readonly mayMatch: boolean },
): Promise<void> {
  const progress = progressOn(terminal, isJson);
  try {
    const done = await importSlack({
      ...{ config: readSettings(), path, mayMatch, signal: terminal.signal },
      onBegin: (what) => progress.begin(what, 'messages'),
      onProgress: (at, total) => progress.at(at, total),
    });
    progress.end();
    if (isJson) {
      terminal.out(JSON.stringify({ file: path, ...done }));
      return;
    }
    const { people, conversations, messages, known, reactions, edits, matched, left } = done;
    terminal.out(
      `Imported: ${messages} messages, ${reactions} reactions and ${edits} edits in ${conversations} conversations.`,
    );
    if (known > 0) terminal.out(`${known} messages were there already.`);
    if (people > 0) {
      terminal.out(
        `${people} accounts were made, without passwords: kith user reset-password <username> gives each one.`,
      );
    }
    if (matched.length > 0) terminal.out(`Taken for people who are here: ${matched.join(', ')}.`);
    for (const [why, count] of Object.entries(left)) terminal.out(`Not taken over: ${count} ${why}.`);
  } finally {
    progress.end();
  }
}
