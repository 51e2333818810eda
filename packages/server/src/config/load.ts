// Reads the configuration: the environment first, then `kith.config.json`, then the defaults. Everything that is wrong is
// told at once, and the start ends: an unknown key of the file, an unknown KITH_ variable, a value that does not fit,
// variables that contradict each other.
// A variable may also be given with the prefix KITH_, which wins: HOST and PORT are names that others use, too.
import { contradictionsIn } from './rules.js';
import { CONFIG_FIELDS, type Config, type ConfigField, VARIABLES } from './schema.js';

/** The configuration cannot be used. The message has one line for each thing that is wrong, and no value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

const PREFIX = 'KITH_';
/** Names the file, where it is not `kith.config.json` in the working directory. */
const FILE_VARIABLE = 'KITH_CONFIG';
const FILE_NAME = 'kith.config.json';

export type ConfigSources = {
  readonly environment: { readonly [name: string]: string | undefined };
  /** The text of a file, or null where there is none. */
  readonly readFile: (path: string) => string | null;
};

/** @throws ConfigError */
export function loadConfig({ environment, readFile }: ConfigSources): Config {
  const problems: string[] = [];
  const file = readConfigFile({ environment, readFile }, problems);
  problems.push(...unknownNames(file, environment));
  const values: { [field: string]: unknown } = {};
  for (const field of CONFIG_FIELDS) {
    const { name, parse, fallback } = VARIABLES[field];
    const given = givenFor(name, environment) ?? file[name];
    try {
      values[field] = given === undefined || given === null ? fallback : parse(given);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  // Read together only where each is what it should be.
  if (problems.length === 0) problems.push(...contradictionsIn(values as Config));
  if (problems.length > 0) throw new ConfigError(problems);
  return values as Config;
}

/** A line for each key of the file, and each KITH_ variable, that is none of the table. */
function unknownNames(file: object, environment: ConfigSources['environment']): readonly string[] {
  const names = new Set(CONFIG_FIELDS.map((field) => VARIABLES[field].name as string));
  const inFile = Object.keys(file)
    .filter((key) => !names.has(key))
    .map((key) => `${key} in the file is no variable of this server${nearest(key, names)}`);
  const inEnvironment = Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && name !== FILE_VARIABLE && !names.has(name.slice(PREFIX.length)))
    .map(
      (name) => `${name} in the environment is no variable of this server${nearest(name.slice(PREFIX.length), names)}`,
    );
  return [...inFile, ...inEnvironment];
}

/** The configuration for people to read: secrets are masked. By name, as it is given. */
export function describeConfig(config: Config): { readonly [name: string]: string } {
  const described: { [name: string]: string } = {};
  for (const field of CONFIG_FIELDS) described[VARIABLES[field].name] = describeValue(config, field);
  return described;
}

function describeValue(config: Config, field: ConfigField): string {
  const value = config[field];
  if (value === null) return '(absent)';
  if (VARIABLES[field].isSecret) return '(set)';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** An empty variable of the environment is one that is not given. */
function givenFor(name: string, environment: ConfigSources['environment']): string | undefined {
  return environment[`${PREFIX}${name}`] || environment[name] || undefined;
}

function readConfigFile(
  { environment, readFile }: ConfigSources,
  problems: string[],
): { readonly [key: string]: unknown } {
  const asked = environment[FILE_VARIABLE];
  const path = asked || FILE_NAME;
  const text = readFile(path);
  if (text === null) {
    if (asked) problems.push(`${FILE_VARIABLE} names a file that cannot be read: ${path}`);
    return {};
  }
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  problems.push(`${path} is no JSON object`);
  return {};
}

/** A known name that differs in case, or by a few letters at its end. */
function nearest(name: string, known: ReadonlySet<string>): string {
  const wanted = name.toUpperCase().replaceAll('-', '_');
  const found = [...known].find((one) => one === wanted || one.startsWith(wanted) || wanted.startsWith(one));
  return found === undefined ? '' : `: ${found} is`;
}
