// `kith user`: what whoever runs the server does about people. A password comes from standard input or is drawn and printed once;
// it is never an argument, which others on the machine could read.
import type { Account } from '@kith/server/core/directory';
import { type Command, columns, DONE, parseLine, type Terminal, UsageError } from '../command.js';
import { type Asked, withOperator } from '../operator.js';
import { readSettings } from '../settings.js';

const USAGE = `kith user: accounts of people

  kith user create <username> [--owner] [--name NAME] [--password-stdin]
  kith user reset-password <username> [--password-stdin]   ends all sessions, too
  kith user disable <username>        nobody signs in to it, and its sessions end; what was written stays
  kith user enable <username>
  kith user sessions <username> [--end ID|all]
  kith user list

  --password-stdin   the password is the first line of standard input; without it one is drawn and printed, once
  --workspace NAME   another workspace than the one that every server has
  --json             the result as JSON

The database is the server's: that of DATABASE_URL, or the embedded one in DATA_DIR, whether a server runs or not. A server
that runs knows within five seconds which sessions have ended, and closes their connections.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

const OPTIONS = {
  owner: { type: 'boolean' },
  name: { type: 'string' },
  end: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  workspace: { type: 'string' },
  json: { type: 'boolean' },
} as const;

type Line = ReturnType<typeof parseLine<typeof OPTIONS>>;
type Option = keyof typeof OPTIONS;

type Request = {
  readonly asked: Asked;
  readonly username: string;
  readonly values: Line['values'];
  readonly terminal: Terminal;
};

type Action = { readonly takes: readonly Option[]; readonly isOfOne: boolean; run(request: Request): Promise<void> };

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ['create', { takes: ['owner', 'name', 'password-stdin'], isOfOne: true, run: create }],
  ['reset-password', { takes: ['password-stdin'], isOfOne: true, run: resetPassword }],
  ['disable', { takes: [], isOfOne: true, run: disable }],
  ['enable', { takes: [], isOfOne: true, run: enable }],
  ['sessions', { takes: ['end'], isOfOne: true, run: sessions }],
  ['list', { takes: [], isOfOne: false, run: list }],
]);

export const user: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values, words } = parseLine(args, OPTIONS, { least: 1, most: 2 });
    const [name = '', username] = words;
    const action = ACTIONS.get(name);
    if (action === undefined) throw new UsageError(`there is no kith user ${name}`);
    if (action.isOfOne !== (username !== undefined)) {
      throw new UsageError(action.isOfOne ? 'a username is missing' : `${String(username)} is one word too many`);
    }
    const strange = Object.keys(values).find((one) => ![...action.takes, 'workspace', 'json'].includes(one));
    if (strange !== undefined) throw new UsageError(`--${strange} does not go with ${name}`);
    const asked = { config: readSettings(), workspace: values.workspace };
    await action.run({ asked, username: username ?? '', values, terminal });
    return DONE;
  },
};

async function create({ asked, username, values, terminal }: Request): Promise<void> {
  const given = await givenPassword(values, terminal);
  const { account, drawn } = await withOperator({ ...asked, mayMake: true }, async (operator) => {
    const password = given ?? operator.newPassword();
    const isOwner = values.owner === true;
    const made = await operator.create({ username, name: values.name ?? null, password, isOwner });
    return { account: made, drawn: given === null ? password : null };
  });
  if (values.json === true) {
    terminal.out(JSON.stringify({ ...asJson(account), ...(drawn === null ? {} : { password: drawn }) }));
    return;
  }
  terminal.out(`${username} was made, as ${account.role}.`);
  if (drawn !== null) terminal.out(`Password, shown this once: ${drawn}`);
}

async function resetPassword({ asked, username, values, terminal }: Request): Promise<void> {
  const given = await givenPassword(values, terminal);
  const { ended, drawn } = await withOperator(asked, async (operator) => {
    const password = given ?? operator.newPassword();
    return { ended: await operator.resetPassword(username, password), drawn: given === null ? password : null };
  });
  if (values.json === true) {
    terminal.out(JSON.stringify({ username, ended, ...(drawn === null ? {} : { password: drawn }) }));
    return;
  }
  terminal.out(`${username} has a new password; ${countOf(ended)} ended.`);
  if (drawn !== null) terminal.out(`Password, shown this once: ${drawn}`);
}

async function disable({ asked, username, values, terminal }: Request): Promise<void> {
  const account = await withOperator(asked, (operator) => operator.disable(username));
  if (values.json === true) terminal.out(JSON.stringify(asJson(account)));
  else terminal.out(`${username} is disabled: nobody signs in to it, and its sessions have ended.`);
}

async function enable({ asked, username, values, terminal }: Request): Promise<void> {
  const account = await withOperator(asked, (operator) => operator.enable(username));
  if (values.json === true) terminal.out(JSON.stringify(asJson(account)));
  else terminal.out(`${username} may sign in.`);
}

async function sessions({ asked, username, values, terminal }: Request): Promise<void> {
  const { end } = values;
  if (end !== undefined) {
    const ended = await withOperator(asked, (operator) => operator.endSessions(username, end === 'all' ? null : end));
    terminal.out(values.json === true ? JSON.stringify({ username, ended }) : `${countOf(ended)} ended.`);
    return;
  }
  const found = await withOperator(asked, (operator) => operator.sessions(username));
  if (values.json === true) {
    const items = found.map(({ id, device, scopes, createdAt, lastUsedAt }) => {
      return { id, device, scopes, createdAt, lastUsedAt };
    });
    terminal.out(JSON.stringify({ username, sessions: items }));
    return;
  }
  const rows = found.map(({ id, device, createdAt, lastUsedAt }) => [
    id,
    timeOf(createdAt),
    timeOf(lastUsedAt),
    device ?? '',
  ]);
  for (const line of columns([['session', 'since', 'last used', 'device'], ...rows])) terminal.out(line);
}

async function list({ asked, values, terminal }: Request): Promise<void> {
  const found = await withOperator(asked, async (operator) => {
    const everyone: Account[] = [];
    for await (const account of operator.everyone()) everyone.push(account);
    return everyone;
  });
  if (values.json === true) {
    terminal.out(JSON.stringify({ users: found.map(asJson) }));
    return;
  }
  const rows = found.map(({ user: { username, name, kind }, role, createdAt, deactivatedAt }) => [
    username,
    kind === 'bot' ? 'bot' : role,
    deactivatedAt === null ? '' : 'disabled',
    timeOf(createdAt),
    name,
  ]);
  for (const line of columns([['username', 'role', 'state', 'since', 'name'], ...rows])) terminal.out(line);
}

/** The first line of standard input, or null where none is to be read. */
async function givenPassword(values: Line['values'], terminal: Terminal): Promise<string | null> {
  if (values['password-stdin'] !== true) return null;
  const [first = ''] = (await terminal.readInput()).split('\n', 1);
  return first.replace(/\r$/, '');
}

function asJson({ user: { id, username, name, kind }, role, createdAt, deactivatedAt, expiresAt }: Account) {
  return { id, username, name, kind, role, createdAt, deactivatedAt, expiresAt };
}

function countOf(sessions: number): string {
  return `${sessions} ${sessions === 1 ? 'session' : 'sessions'}`;
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
