// The configuration that a command works under: the server's own, read as the server reads it.
import { ConfigError, loadConfig } from '@kith/server/config/load';
import type { Config } from '@kith/server/config/schema';
import { processSources } from '@kith/server/config/sources';
import { Refusal } from './command.js';

/** @throws Refusal where the server would not start with it either */
export function readSettings(): Config {
  try {
    return loadConfig(processSources());
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(error.message, { cause: error });
    throw error;
  }
}
