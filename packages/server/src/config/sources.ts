// Where the configuration of this process comes from: its environment, and files as they are on disk. The server reads them
// so, and whoever tells what the server would read.
import { readFileSync } from 'node:fs';
import type { ConfigSources } from './load.js';

export function processSources(): ConfigSources {
  return { environment: process.env, readFile: readIfThere };
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
