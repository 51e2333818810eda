// `kith serve`: the server itself, in this process. Its signals and exit status are the server's own.
import { type Command, DONE, parseLine } from '../command.js';

const USAGE = `kith serve: starts the server

  kith serve

Its settings come from the environment and from kith.config.json (docs/configuration.md; kith config shows them).
npm start gives V8 larger young spaces, and as many threads as the machine has cores to spare, as well:
NODE_OPTIONS='--max-semi-space-size=32 --v8-pool-size=0' does the same here.
SIGTERM and SIGINT drain it, SIGHUP has its certificate read again.

Exit status: 0 drained, 1 the start failed or storage is gone for good, 2 the configuration is wrong.`;

export const serve: Command = {
  usage: USAGE,
  async run(args) {
    parseLine(args, {});
    await import('@kith/server/main');
    return DONE;
  },
};
