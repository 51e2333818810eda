// `kith config`: the configuration that a server started here and now would have, by the server's own table and parser.
// Secrets are masked, and no value that does not fit is quoted: it may be one.
import { existsSync } from 'node:fs';
import { describeValue, type Origin, type Resolved, resolveConfig } from '@kith/server/config/load';
import { mistakesIn } from '@kith/server/config/rules';
import { CONFIG_FIELDS, type Config, VARIABLES } from '@kith/server/config/schema';
import { processSources } from '@kith/server/config/sources';
import { fitTo, lookAtMachine } from '@kith/server/store/postgres/embedded/machine-fit';
import { findCluster } from '@kith/server/store/postgres/embedded/running-cluster';
import { type Command, columns, DONE, FAILED, parseLine } from '../command.js';

const USAGE = `kith config: the configuration in effect

  kith config [--json]

Each variable with its value, and where that came from: the default, the environment (by the name that was given), or
kith.config.json. Secrets are masked. What is wrong is named with what would be right; what is likely not meant, too.
  --json   an object with settings, problems, warnings, and postgres: what the embedded PostgreSQL is given of the
           memory and the disk here, or null with DATABASE_URL

Exit status: 0 it can be used, 1 the server would not start with it, 2 wrong usage.`;

export const config: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values } = parseLine(args, { json: { type: 'boolean' } });
    const resolved = resolveConfig(processSources());
    const warnings = resolved.config === null ? [] : mistakesIn(resolved.config);
    const postgres = resolved.config === null ? null : await sizesOf(resolved.config);
    if (values.json === true) terminal.out(JSON.stringify({ ...asJson(resolved, warnings), postgres }, null, 2));
    else for (const line of [...asText(resolved, warnings), ...aboutPostgres(postgres)]) terminal.out(line);
    return resolved.config === null ? FAILED : DONE;
  },
};

type Sizes = { readonly [name: string]: string };

/** What the embedded PostgreSQL is given of this machine; null where another one is used. */
async function sizesOf({ databaseUrl, dataDir }: Config): Promise<Sizes | null> {
  if (databaseUrl !== null) return null;
  const found = await findCluster(dataDir).catch(() => null);
  return fitTo(await lookAtMachine(found?.cluster ?? (existsSync(dataDir) ? dataDir : '.')));
}

function aboutPostgres(sizes: Sizes | null): readonly string[] {
  if (sizes === null) return [];
  return ['', 'The embedded PostgreSQL, by the memory and the disk here:', ...indented(columns(Object.entries(sizes)))];
}

function asText({ values, origins, problems }: Resolved, warnings: readonly string[]): readonly string[] {
  const rows = CONFIG_FIELDS.map((field) => [
    VARIABLES[field].name,
    describeValue(field, values[field]),
    describeOrigin(origins[field]),
  ]);
  const wrong = problems.length === 0 ? [] : ['', 'The server would not start with this:', ...indented(problems)];
  const likely = warnings.length === 0 ? [] : ['', 'Likely not meant:', ...indented(warnings)];
  return [...columns(rows), ...wrong, ...likely];
}

function asJson({ values, origins, problems, config: usable }: Resolved, warnings: readonly string[]) {
  const settings = CONFIG_FIELDS.map((field) => {
    const { name, isSecret } = VARIABLES[field];
    const value = values[field];
    return {
      name,
      // Null where nothing is set, and where what is set does not fit: `problems` says which.
      value: isSecret && typeof value === 'string' ? '(set)' : (value ?? null),
      isSecret,
      origin: origins[field],
    };
  });
  return { isUsable: usable !== null, settings, problems, warnings };
}

function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'default':
      return 'default';
    case 'environment':
      return `environment (${origin.name})`;
    case 'file':
      return `file (${origin.path})`;
  }
}

function indented(lines: readonly string[]): readonly string[] {
  return lines.map((line) => `  ${line}`);
}
