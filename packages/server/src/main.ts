// The process: reads the configuration, starts one node, prints one address, and ends on signals with a drain. SIGHUP
// has the certificate read again.
// Exit codes: 0 after a drain, 1 where the start failed or storage is gone for good, 2 where the configuration is wrong.
import { pino } from 'pino';
import { ConfigError, loadConfig } from './config/load.js';
import { mistakesIn } from './config/rules.js';
import type { Config } from './config/schema.js';
import { processSources } from './config/sources.js';
import type { OtlpSpans } from './edge/otlp.js';
import { ServerTelemetry } from './edge/telemetry.js';
import { beginEmbedded } from './embedded-database.js';

function readConfig(): Config {
  try {
    return loadConfig(processSources());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}

/** Only where there is a collector: else nothing of it is loaded. */
async function openSpans(
  { otlpEndpoint, otlpHeaders }: Config,
  { node, telemetry }: { readonly node: string; readonly telemetry: ServerTelemetry },
): Promise<OtlpSpans | null> {
  if (otlpEndpoint === null) return null;
  const { OtlpSpans } = await import('./edge/otlp.js');
  const count = (name: string, by: number): void => telemetry.count(name, by);
  const spans = new OtlpSpans({ endpoint: otlpEndpoint, headers: otlpHeaders, node, count });
  telemetry.traceTo(spans);
  return spans;
}

async function run(): Promise<void> {
  const config = readConfig();
  const node = config.nodeId ?? `kith-${process.pid}`;
  // Lines for machines go to standard error, the few for people to standard output.
  const destination = pino.destination(2);
  const telemetry = new ServerTelemetry({ level: config.logLevel, node, processMetrics: true, destination });
  const spans = await openSpans(config, { node, telemetry });
  process.on('unhandledRejection', (error) => telemetry.error('a promise was rejected and nobody looked', error));
  for (const mistake of mistakesIn(config)) telemetry.warn(mistake);
  const begun = await beginEmbedded(config, telemetry);
  const { startNode } = await import('./node.js');
  const started = await startNode(config, telemetry, begun);
  const end = (reason: string, code: number): void => {
    telemetry.info('ending', { reason });
    started.stop().then(
      async () => {
        await spans?.stop();
        process.exit(code);
      },
      (error: unknown) => {
        telemetry.error('the node did not stop in order', error);
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => end('SIGTERM', 0));
  process.once('SIGINT', () => end('SIGINT', 0));
  // Without a certificate the signal keeps its meaning: the terminal is gone.
  if (config.tlsCert !== null) process.on('SIGHUP', () => started.renewCertificate());
  const storageGone = (error: unknown): void => {
    telemetry.error('storage is gone for good', error);
    end('storage', 1);
  };
  started.failed.then(storageGone, storageGone);
  process.stdout.write(`Kith is at ${started.edge.url}\n`);
  if (started.setUpCode !== null) process.stdout.write(`Set-up code for the first account: ${started.setUpCode}\n`);
}

run().catch((error: unknown) => {
  process.stderr.write(`Kith could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
