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

/** Where the value of a variable came from; the name or the path is what somebody would change. */
export type Origin =
  | { readonly kind: 'default' }
  | { readonly kind: 'environment'; readonly name: string }
  | { readonly kind: 'file'; readonly path: string };

export type Resolved = {
  /** Null where something is wrong. */
  readonly config: Config | null;
  /** Without those that do not fit. */
  readonly values: Partial<Config>;
  readonly origins: { readonly [F in ConfigField]: Origin };
  /** A line for each thing that is wrong. */
  readonly problems: readonly string[];
};

/** @throws ConfigError */
export function loadConfig(sources: ConfigSources): Config {
  const { config, problems } = resolveConfig(sources);
  if (config === null) throw new ConfigError(problems);
  return config;
}

/** The configuration, and where each value came from; told as far as it can be where something is wrong. */
export function resolveConfig({ environment, readFile }: ConfigSources): Resolved {
  const problems: string[] = [];
  const path = environment[FILE_VARIABLE] || FILE_NAME;
  const file = readConfigFile({ environment, readFile }, problems);
  problems.push(...unknownNames(file, environment));
  const values: { [field: string]: unknown } = {};
  const origins: { [field: string]: Origin } = {};
  for (const field of CONFIG_FIELDS) {
    const { name, parse, fallback } = VARIABLES[field];
    const given = givenFor(name, environment) ?? givenIn(file, { name, path });
    origins[field] = given?.origin ?? { kind: 'default' };
    try {
      values[field] = given === undefined ? fallback : parse(given.value);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      problems.push(`${name}: ${error.message}`);
    }
  }
  // Read together only where each is what it should be.
  if (problems.length === 0) problems.push(...contradictionsIn(values as Config));
  return {
    config: problems.length === 0 ? (values as Config) : null,
    values: values as Partial<Config>,
    origins: origins as Resolved['origins'],
    problems,
  };
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
  for (const field of CONFIG_FIELDS) described[VARIABLES[field].name] = describeValue(field, config[field]);
  return described;
}

/** One value for people to read; a secret only says that it is there. */
export function describeValue(field: ConfigField, value: Config[ConfigField] | undefined): string {
  if (value === undefined) return '(does not fit)';
  if (value === null) return '(absent)';
  if (VARIABLES[field].isSecret) return '(set)';
  return Array.isArray(value) ? value.join(', ') : String(value);
}

type Given = { readonly value: unknown; readonly origin: Origin };

/** An empty variable of the environment is one that is not given. */
function givenFor(name: string, environment: ConfigSources['environment']): Given | undefined {
  const found = [`${PREFIX}${name}`, name].find((one) => environment[one]);
  return found === undefined ? undefined : { value: environment[found], origin: { kind: 'environment', name: found } };
}

function givenIn(
  file: { readonly [key: string]: unknown },
  { name, path }: { readonly name: string; readonly path: string },
): Given | undefined {
  const value = file[name];
  return value === undefined || value === null ? undefined : { value, origin: { kind: 'file', path } };
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
