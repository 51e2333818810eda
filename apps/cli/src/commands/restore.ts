// `kith restore`: puts a backup back into an empty database, or in the place of what is there. All of it or nothing.
import { restoreBackup } from '@kith/server/store/postgres/backup/restore';
import { recordActAt } from '../audit.js';
import { type Command, DONE, parseLine, Refusal } from '../command.js';
import { reachDatabase } from '../database.js';
import { readSettings } from '../settings.js';
import { progressOn, sentenceOf, summaryOf } from './backup.js';

const USAGE = `kith restore: puts a backup back

  kith restore <folder> [--replace] [--json]

Into the database of DATABASE_URL, or the embedded one in DATA_DIR, which is made if it is not there. No server may use it
meanwhile. The backup is read through and checked first; then all of it goes in, or nothing. A schema of an older build is
brought up to this one's. Every conversation gets a new epoch, so that clients that saw what was written after the backup
find out, and read again.
  --replace   what is in the database goes; without it a database that is not empty is refused
  --json      the result as a line of JSON

Exit status: 0 done, 1 refused or failed, and then nothing has changed, 2 wrong usage.`;

export const restore: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(
      args,
      { replace: { type: 'boolean' }, json: { type: 'boolean' } },
      { least: 1 },
    );
    const [folder = ''] = words;
    const isJson = values.json === true;
    const progress = progressOn(terminal, isJson);
    const reached = await reachDatabase({ ...readSettings(), mayMake: true });
    try {
      if (reached.kind === 'served') throw new Refusal('a server uses this database: stop it first');
      progress.begin('checking');
      const { manifest, migrated, epoch } = await restoreBackup(folder, {
        address: reached.address,
        mayReplace: values.replace === true,
        now: Date.now(),
        signal: terminal.signal,
        onProgress: (done, total) => progress.at(done, total),
        onVerified: () => progress.begin('restoring'),
      });
      progress.end();
      const detail = { takenAt: manifest.takenAt, replace: values.replace === true };
      await recordActAt(reached.address, { act: 'kith.restore', detail }, terminal);
      if (isJson) {
        terminal.out(JSON.stringify({ ...summaryOf(folder, manifest), migrated, epoch }));
        return DONE;
      }
      terminal.out(`Restored: ${sentenceOf(manifest)}. The epoch of every conversation is a new one.`);
      if (migrated.length > 0) terminal.out(`The schema was brought up to date: ${migrated.join(', ')}.`);
      return DONE;
    } finally {
      progress.end();
      await reached.close();
    }
  },
};
