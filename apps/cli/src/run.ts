// Finds the command that was asked for, and gives its end an exit status. Each command is loaded when it is asked for, so that
// one does not wait for what only another needs.
import { type Command, DONE, FAILED, MISUSED, type Terminal, UsageError } from './command.js';

type Listed = { readonly summary: string; load(): Promise<Command> };

const COMMANDS: ReadonlyMap<string, Listed> = new Map([
  [
    'serve',
    {
      summary: 'starts the server, as npm start does',
      load: () => import('./commands/serve.js').then(({ serve }) => serve),
    },
  ],
  [
    'config',
    {
      summary: 'the configuration in effect, and where each value came from',
      load: () => import('./commands/config.js').then(({ config }) => config),
    },
  ],
  [
    'doctor',
    {
      summary: 'looks for what is wrong with this machine, the database and the settings, and says what to do',
      load: () => import('./commands/doctor.js').then(({ doctor }) => doctor),
    },
  ],
  [
    'user',
    {
      summary: 'accounts: makes them, gives new passwords, disables and enables, ends sessions, lists',
      load: () => import('./commands/user.js').then(({ user }) => user),
    },
  ],
  [
    'workspace',
    {
      summary: 'the workspace: its name, who may come in, how much there is',
      load: () => import('./commands/workspace.js').then(({ workspace }) => workspace),
    },
  ],
  [
    'backup',
    {
      summary: 'takes a backup of the database while it serves, checks it, keeps the newest',
      load: () => import('./commands/backup.js').then(({ backup }) => backup),
    },
  ],
  [
    'restore',
    {
      summary: 'puts a backup back',
      load: () => import('./commands/restore.js').then(({ restore }) => restore),
    },
  ],
  [
    'upgrade',
    {
      summary: 'what a start of this build would do to the database (--check)',
      load: () => import('./commands/upgrade.js').then(({ upgrade }) => upgrade),
    },
  ],
  [
    'export',
    {
      summary: 'writes who there is and what they said into a file of JSON lines',
      load: () => import('./commands/export.js').then(({ exportCommand }) => exportCommand),
    },
  ],
  [
    'import',
    {
      summary: 'takes such a file in',
      load: () => import('./commands/import.js').then(({ importCommand }) => importCommand),
    },
  ],
  [
    'demo',
    {
      summary: 'fills an empty database with people who talk, to look at or to try things on',
      load: () => import('./commands/demo.js').then(({ demo }) => demo),
    },
  ],
  [
    'jobs',
    {
      summary: 'deliveries of webhooks that were given up: lists them, tries them again, drops them',
      load: () => import('./commands/jobs.js').then(({ jobs }) => jobs),
    },
  ],
  [
    'audit',
    {
      summary: 'who did what to whom, when and from where; and whether that trail is as it was written',
      load: () => import('./commands/audit.js').then(({ audit }) => audit),
    },
  ],
  [
    'prove',
    {
      summary: "runs the server's core and its clients against everything that may go wrong",
      load: () => import('./commands/prove.js').then(({ prove }) => prove),
    },
  ],
  [
    'bench',
    {
      summary: 'what this machine does under the load of chat, and what it carries',
      load: () => import('./commands/bench.js').then(({ bench }) => bench),
    },
  ],
]);

const USAGE = `kith: chat that you run yourself

${[...COMMANDS].map(([name, { summary }]) => `  kith ${name.padEnd(10)} ${summary}`).join('\n')}
  kith help       this page; kith help <command>, or kith <command> --help, the page of one

Settings come from the environment and from kith.config.json, as the server's do (docs/configuration.md).
Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

/** @returns the exit status */
export async function run(line: readonly string[], terminal: Terminal): Promise<number> {
  const [name = 'help', ...args] = line;
  if (name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) {
    terminal.out(USAGE);
    return DONE;
  }
  const asked = name === 'help' ? (args[0] ?? '') : name;
  const command = await COMMANDS.get(asked)?.load();
  if (command === undefined) {
    terminal.err(`kith: there is no command ${asked}\n\n${USAGE}`);
    return MISUSED;
  }
  if (name === 'help' || args.includes('--help') || args.includes('-h')) {
    terminal.out(command.usage);
    return DONE;
  }
  return await runOne(command, { name, args, terminal });
}

async function runOne(
  command: Command,
  { name, args, terminal }: { readonly name: string; readonly args: readonly string[]; readonly terminal: Terminal },
): Promise<number> {
  try {
    return await command.run(args, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`kith ${name}: ${error.message}\n\n${command.usage}`);
      return MISUSED;
    }
    terminal.err(`kith ${name}: ${sentenceOf(error)}`);
    return FAILED;
  }
}

/** Errors that are meant for an operator have their own sentence; a bug shows where it is. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const isBug = ['TypeError', 'RangeError', 'ReferenceError', 'AssertionError'].includes(error.name);
  if (isBug) return error.stack ?? error.message;
  const cause = error.cause instanceof Error && error.name === 'ChatError' ? ` (${error.cause.message})` : '';
  return `${error.message}${cause}`;
}
