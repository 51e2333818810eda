// `kith upgrade --check`: what a start of this build would do to the database. The upgrade itself is that start.
import { type Command, columns, DONE, FAILED, parseLine, UsageError } from '../command.js';
import { readSettings } from '../settings.js';
import { lookAtUpgrade, type Upgrade } from '../upgrade/look.js';

const USAGE = `kith upgrade --check: says what a start of this build would do to the database

  kith upgrade --check [--json]

Which migrations are pending, whether this build is older than the schema and may run on it, which PostgreSQL it is, and
how much room the migrations may need. It changes nothing; the upgrade itself is to start this build (kith serve, or
npm start), which applies what is pending, after a backup (kith backup). The database may be served by the build before.
  --json   an object with state (current, pending or blocked), build, schema, pending, postgres, disk and findings

Exit status: 0 nothing is pending, 3 migrations are pending and can be applied, 1 a start would fail, 2 wrong usage.`;

const PENDING = 3;
const STATUS: Readonly<Record<Upgrade['state'], number>> = { current: DONE, pending: PENDING, blocked: FAILED };

export const upgrade: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values } = parseLine(args, { check: { type: 'boolean' }, json: { type: 'boolean' } });
    if (values.check !== true) throw new UsageError('--check is wanted: to upgrade, start the new build');
    const found = await lookAtUpgrade(readSettings());
    if (values.json === true) terminal.out(JSON.stringify(found, null, 2));
    else for (const line of asText(found)) terminal.out(line);
    return STATUS[found.state];
  },
};

function asText({ findings, pending }: Upgrade): readonly string[] {
  const lines = columns(findings.map(({ health, what, found }) => [health, what, found]));
  const told = lines.flatMap((line, at) => {
    const advice = findings[at]?.advice;
    return advice ? [line, `      -> ${advice}`] : [line];
  });
  return [...told, ...pending.map((name) => `pending  ${name}`)];
}
