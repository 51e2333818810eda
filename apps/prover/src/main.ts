// The process behind `kith prove`.
import { prove } from './prove.js';

process.exitCode = await prove(process.argv.slice(2)).catch((error: unknown) => {
  console.error(`kith prove could not run: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 2;
});
