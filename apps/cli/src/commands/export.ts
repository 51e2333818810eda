// `kith export`: who there is and what they said, as lines of JSON that other programs read, and that `kith import` takes in.
import { exportWorkspace } from '@kith/server/store/postgres/transfer/export';
import { recordActAt } from '../audit.js';
import { type Command, DONE, parseLine } from '../command.js';
import { reachDatabase } from '../database.js';
import { readSettings } from '../settings.js';
import { progressOn } from './backup.js';

const USAGE = `kith export: writes who there is and what they said into a file

  kith export <file> [--gzip] [--with-credentials] [--workspace NAME] [--json]

Lines of JSON (docs/export.md): a header, the users, each conversation with its people and all its entries, and at last the
counts and a SHA-256. It is of one moment; the server may serve meanwhile. kith import takes it into an empty installation,
also one of a later build. For keeping, kith backup is the better way: that holds everything.
  --gzip              compressed; also where the name ends with .gz
  --with-credentials  hashes of passwords, too, so that people sign in as before: keep the file as you would those.
                      Tokens, sessions and keys are in no export
  --workspace NAME    another workspace than the one that every server has
  --json              the result as a line of JSON

The file has its name once it is whole, is for its owner alone, and takes the place of one that was there.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

const OPTIONS = {
  gzip: { type: 'boolean' },
  'with-credentials': { type: 'boolean' },
  workspace: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const exportCommand: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(args, OPTIONS, { least: 1 });
    const [path = ''] = words;
    const isJson = values.json === true;
    const withCredentials = values['with-credentials'] === true;
    const progress = progressOn(terminal, isJson);
    const reached = await reachDatabase(readSettings());
    try {
      progress.begin('writing', 'entries');
      const { counts, log, sha256 } = await exportWorkspace({
        address: reached.address,
        workspace: values.workspace ?? 'default',
        path,
        isGzipped: values.gzip === true || path.endsWith('.gz'),
        withCredentials,
        onProgress: (done, total) => progress.at(done, total),
        signal: terminal.signal,
      });
      progress.end();
      const detail = { entries: counts.entries, credentials: withCredentials };
      await recordActAt(reached.address, { act: 'kith.export', detail }, terminal);
      if (isJson) terminal.out(JSON.stringify({ file: path, ...counts, credentials: withCredentials, log, sha256 }));
      else {
        const { users, conversations, entries } = counts;
        terminal.out(`${path} holds ${users} users, ${conversations} conversations and ${entries} entries.`);
        terminal.out(`SHA-256 of its lines: ${sha256}, of its entries alone: ${log}`);
      }
      return DONE;
    } finally {
      progress.end();
      await reached.close();
    }
  },
};
