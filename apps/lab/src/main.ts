// The process: by its first argument the bench itself, or one of the processes that it starts beside it. What needs a browser and
// a bundler is loaded when it is asked for: `kith bench` does without, and so does a release.
import { parseOptions, USAGE } from './options.js';
import { type ApplyRequest, runApply } from './sdk/apply-process.js';
import { type MemoryRequest, runMemory } from './sdk/memory-process.js';
import type { BrowserRequest } from './sdk/open-process.js';
import { runDatabase } from './stack/database-process.js';
import { runPlainServer } from './stack/plain-process.js';

async function run([role, ...rest]: readonly string[]): Promise<void> {
  if (role === 'database') await runDatabase(rest[0] ?? '', rest[1] === 'loopback');
  else if (role === 'plain-server') await runPlainServer(rest[0] ?? '');
  else if (role === 'sdk-apply') say(await runApply(JSON.parse(rest[0] ?? '') as ApplyRequest));
  else if (role === 'sdk-memory') say(await runMemory(JSON.parse(rest[0] ?? '') as MemoryRequest));
  else if (role === 'sdk-open') say(await open(JSON.parse(rest[0] ?? '') as BrowserRequest));
  else if (role === 'hold') await (await import('./wire/hold-process.js')).runHold();
  else if (role === 'comers') await (await import('./wire/comers-process.js')).runComers();
  else if (role === 'peers') process.exit(await peers(rest));
  else if (role === 'web') process.exit(await web(rest));
  else if (role === '--help') process.stdout.write(`${USAGE}\n`);
  else process.exit(await bench(role === undefined ? [] : [role, ...rest]));
}

async function bench(line: readonly string[]): Promise<number> {
  const { runBench } = await import('./bench.js');
  return runBench(parseOptions(line));
}

async function peers(line: readonly string[]): Promise<number> {
  const [{ runPeers }, { parsePeersOptions }] = [
    await import('./peers/peers.js'),
    await import('./peers/peers-options.js'),
  ];
  return runPeers(parsePeersOptions(line));
}

async function web(line: readonly string[]): Promise<number> {
  const { runWebBench } = await import('./web/web-bench.js');
  return runWebBench(line);
}

async function open(request: BrowserRequest): Promise<object> {
  const { runOpen } = await import('./sdk/open-process.js');
  return runOpen(request);
}

/** To whoever started this process. */
function say(result: object): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}

run(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
