// `kith prove`: the prover reads its own line.
import { prove as runProver, USAGE } from '@kith/prover/prove';
import type { Command } from '../command.js';

export const prove: Command = { usage: USAGE, run: (args) => runProver(args) };
