// The process: by its first argument the bench itself, or one of the processes that it starts beside it.
import { runBench } from './bench.js';
import { parseOptions, USAGE } from './options.js';
import { runDatabase } from './stack/database-process.js';
import { runPlainServer } from './stack/plain-process.js';

async function run([role, ...rest]: readonly string[]): Promise<void> {
  if (role === 'database') await runDatabase(rest[0] ?? '');
  else if (role === 'plain-server') await runPlainServer(rest[0] ?? '');
  else if (role === '--help') process.stdout.write(`${USAGE}\n`);
  else process.exit(await runBench(parseOptions(role === undefined ? [] : [role, ...rest])));
}

run(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
