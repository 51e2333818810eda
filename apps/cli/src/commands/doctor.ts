// `kith doctor`: looks at everything that a server needs, changes nothing, and says what to do about what is not well. The checks
// go on beside one another, and none can keep another from telling what it found.
import { type Command, columns, DONE, FAILED, parseLine } from '../command.js';
import { checkAddress } from '../doctor/address.js';
import { checkDatabase } from '../doctor/database.js';
import { checkDisk } from '../doctor/disk.js';
import { type Check, type Finding, fail, reasonOf } from '../doctor/finding.js';
import { checkMachine } from '../doctor/machine.js';
import { checkPort } from '../doctor/port.js';
import { checkSearch } from '../doctor/search.js';
import { checkTools } from '../doctor/tools.js';
import { readSettings } from '../settings.js';

const USAGE = `kith doctor: looks for what is wrong, and says what to do

  kith doctor [--json]

The port and who holds it, PUBLIC_URL and the certificate, room on the disk (by DISK_WARN_PERCENT and
DISK_REFUSE_PERCENT), the database with its version, its schema and its clock, the engine of SEARCH_URL, open files,
memory, and what is not installed and what that costs. Where no server runs, the embedded database is started for the look and stopped after it.
  --json   an object with isWell and findings

Exit status: 0 nothing fails, 1 something fails or the configuration is wrong, 2 wrong usage.`;

const CHECKS: readonly Check[] = [
  checkPort,
  checkAddress,
  checkDisk,
  checkDatabase,
  checkSearch,
  checkMachine,
  checkTools,
];

export const doctor: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values } = parseLine(args, { json: { type: 'boolean' } });
    const findings = await lookAtAll();
    const isWell = findings.every(({ health }) => health !== 'fail');
    if (values.json === true) terminal.out(JSON.stringify({ isWell, findings }, null, 2));
    else for (const line of asText(findings)) terminal.out(line);
    return isWell ? DONE : FAILED;
  },
};

async function lookAtAll(): Promise<readonly Finding[]> {
  try {
    const config = readSettings();
    const found = await Promise.all(
      CHECKS.map((check) =>
        check(config).catch((error: unknown) => [
          fail('doctor', `a check could not be made: ${reasonOf(error)}`, 'report it, with this line'),
        ]),
      ),
    );
    return found.flat();
  } catch (error) {
    return [fail('configuration', reasonOf(error), 'kith config shows where each value comes from')];
  }
}

function asText(findings: readonly Finding[]): readonly string[] {
  const lines = columns(findings.map(({ health, what, found }) => [health, what, found]));
  return lines.flatMap((line, at) => {
    const advice = findings[at]?.advice;
    return advice ? [line, `      -> ${advice}`] : [line];
  });
}
