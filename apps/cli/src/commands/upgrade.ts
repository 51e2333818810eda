// `kith upgrade --check`: what a start of this build would do to the database. The upgrade of the schema itself is that start;
// that of the embedded PostgreSQL to another major version is `--postgres`.
import { type Command, columns, DONE, FAILED, parseLine, type Terminal, UsageError } from '../command.js';
import { readSettings } from '../settings.js';
import { lookAtUpgrade, type Upgrade } from '../upgrade/look.js';
import { confirmMajorUpgrade, runMajorUpgrade } from '../upgrade/major.js';

const USAGE = `kith upgrade --check: says what a start of this build would do to the database

  kith upgrade --check [--json]
  kith upgrade --postgres [--programs <directory>] [--json]
  kith upgrade --confirm [--json]

--check: which migrations are pending, whether this build is older than the schema and may run on it, which PostgreSQL it
is, and how much room the migrations may need. It changes nothing; the upgrade itself is to start this build (kith serve,
or npm start), which applies what is pending, after a backup (kith backup). The database may be served by the build before.
  --json      an object with state (current, pending or blocked), build, schema, pending, postgres, disk and findings

--postgres: where the embedded database was made by another major version of PostgreSQL than this build brings, moves it
over. No server may use it meanwhile. The old programs write a backup, the new ones take it, and every row is counted;
then the two change places, and every conversation has a new epoch, as after a restore. Whatever fails, the old is as it
was. It stays beside the new one until --confirm removes it.
  --programs  the npm package with the old programs; without it, this says how to get them

Exit status: 0 nothing is pending, or done, 3 migrations are pending and can be applied, 1 a start would fail, or it was
refused or failed and nothing has changed, 2 wrong usage.`;

const PENDING = 3;
const STATUS: Readonly<Record<Upgrade['state'], number>> = { current: DONE, pending: PENDING, blocked: FAILED };
const OPTIONS = {
  check: { type: 'boolean' },
  postgres: { type: 'boolean' },
  confirm: { type: 'boolean' },
  programs: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const upgrade: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values } = parseLine(args, OPTIONS);
    const chosen = [values.check, values.postgres, values.confirm].filter((one) => one === true);
    if (chosen.length !== 1)
      throw new UsageError('one of --check, --postgres and --confirm is wanted: to upgrade, start the new build');
    if (values.programs !== undefined && values.postgres !== true)
      throw new UsageError('--programs goes with --postgres');
    const isJson = values.json === true;
    if (values.check === true) return check(terminal, isJson);
    const wishes = { config: readSettings(), programs: values.programs ?? null, isJson };
    return values.postgres === true ? runMajorUpgrade(terminal, wishes) : confirmMajorUpgrade(terminal, wishes);
  },
};

async function check(terminal: Terminal, isJson: boolean): Promise<number> {
  const found = await lookAtUpgrade(readSettings());
  if (isJson) terminal.out(JSON.stringify(found, null, 2));
  else for (const line of asText(found)) terminal.out(line);
  return STATUS[found.state];
}

function asText({ findings, pending }: Upgrade): readonly string[] {
  const lines = columns(findings.map(({ health, what, found }) => [health, what, found]));
  const told = lines.flatMap((line, at) => {
    const advice = findings[at]?.advice;
    return advice ? [line, `      -> ${advice}`] : [line];
  });
  return [...told, ...pending.map((name) => `pending  ${name}`)];
}
