// The prover's own process, for copies of it that are no part of the `kith` command.
import { prove } from './prove.js';

process.exitCode = await prove(process.argv.slice(2));
