// The line of `npm run bench:peers`.
import { parseArgs } from 'node:util';

export type PeersOptions = {
  /** Of each measured span. */
  readonly seconds: number;
  readonly rounds: number;
  /** Where the results go, as JSON. */
  readonly out: string;
};

const PEERS_USAGE = `npm run bench:peers -- [--seconds 8] [--rounds 3] [--out .tmp/peers.json]
  Kith and what others would use do the same work, one after the other in each round, on the same core and the same PostgreSQL`;

/** @throws Error that says what would be right */
export function parsePeersOptions(args: readonly string[]): PeersOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      out: { type: 'string', default: '.tmp/peers.json' },
    },
  });
  return { seconds: countOf('seconds', values.seconds), rounds: countOf('rounds', values.rounds), out: values.out };
}

function countOf(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new Error(`--${name}: a whole number from 1 is wanted\n${PEERS_USAGE}`);
}
