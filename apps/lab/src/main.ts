// The process: by its first argument the bench itself, or one of the processes that it starts beside it.
import { runBench } from './bench.js';
import { parseOptions, USAGE } from './options.js';
import { runPeers } from './peers/peers.js';
import { parsePeersOptions } from './peers/peers-options.js';
import { type ApplyRequest, runApply } from './sdk/apply-process.js';
import { type MemoryRequest, runMemory } from './sdk/memory-process.js';
import { type BrowserRequest, runOpen } from './sdk/open-process.js';
import { runDatabase } from './stack/database-process.js';
import { runPlainServer } from './stack/plain-process.js';
import { runWebBench } from './web/web-bench.js';

async function run([role, ...rest]: readonly string[]): Promise<void> {
  if (role === 'database') await runDatabase(rest[0] ?? '');
  else if (role === 'plain-server') await runPlainServer(rest[0] ?? '');
  else if (role === 'sdk-apply') say(await runApply(JSON.parse(rest[0] ?? '') as ApplyRequest));
  else if (role === 'sdk-memory') say(await runMemory(JSON.parse(rest[0] ?? '') as MemoryRequest));
  else if (role === 'sdk-open') say(await runOpen(JSON.parse(rest[0] ?? '') as BrowserRequest));
  else if (role === 'peers') process.exit(await runPeers(parsePeersOptions(rest)));
  else if (role === 'web') process.exit(await runWebBench(rest));
  else if (role === '--help') process.stdout.write(`${USAGE}\n`);
  else process.exit(await runBench(parseOptions(role === undefined ? [] : [role, ...rest])));
}

/** To whoever started this process. */
function say(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

run(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
