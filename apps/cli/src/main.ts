// The `kith` command as a process: its line, its terminal, its exit status.
import { text } from 'node:stream/consumers';
import type { Terminal } from './command.js';
import { run } from './run.js';

const ending = new AbortController();

const terminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  readInput: () => text(process.stdin),
  signal: ending.signal,
  isShown: process.stderr.isTTY === true,
};

const line = process.argv.slice(2);
// The server sees to its own signals, and the first one alone asks: whoever asks twice does not want to wait.
if (line[0] !== 'serve' && line[0] !== 'prove') {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ending.abort());
}
process.exitCode = await run(line, terminal);
