/**
 * `npm run check`: every check that needs no running server, two at a time once everything is compiled, a line each
 * with its time. Names as arguments run those alone (`npm run check -- sql rows`). Ends with 1 where one failed,
 * and shows what it said. Each of the project's own checks takes the files and gives back problems; one that
 * depends on the network says on its line what it has seen.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkAddresses } from './checks/addresses.mjs';
import { checkDependencies } from './checks/dependencies.mjs';
import { checkFileShape } from './checks/file-shape.mjs';
import { checkLinks } from './checks/links.mjs';
import { checkLiteralText } from './checks/literal-text.mjs';
import { checkLockfile } from './checks/lockfile.mjs';
import { checkNotice } from './checks/notice.mjs';
import { checkPureCore } from './checks/pure-core.mjs';
import { checkRows } from './checks/rows.mjs';
import { readSourceFiles } from './checks/source-files.mjs';
import { checkSql } from './checks/sql.mjs';
import { checkUnsafeCode } from './checks/unsafe-code.mjs';
import { checkVulnerabilities } from './checks/vulnerabilities.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Programs of other people, and what they are asked. `types` is the first: the others read what it compiles. */
const PROGRAMS = {
  types: ['typescript/bin/tsc', '-b'],
  'types-of-tests': ['typescript/bin/tsc', '-p', 'tsconfig.tests.json'],
  biome: ['@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
  promises: [
    'oxlint/bin/oxlint',
    '--deny-warnings',
    '--no-error-on-unmatched-pattern',
    'packages',
    'apps',
    'e2e',
    'scripts',
  ],
  knip: ['knip/bin/knip.js', '--no-progress'],
  'sdk-report': ['../scripts/sdk-report.mjs'],
  'api-docs': ['typedoc/bin/typedoc', '--emit', 'none'],
};

/** Checks of our own, on one reading of the files. */
const OWN = {
  'pure-core': checkPureCore,
  sql: checkSql,
  'unsafe-code': checkUnsafeCode,
  'literal-text': checkLiteralText,
  lockfile: checkLockfile,
  dependencies: checkDependencies,
  notice: checkNotice,
  links: checkLinks,
  addresses: checkAddresses,
  'file-shape': checkFileShape,
  rows: checkRows,
};

/**
 * @param {readonly string[]} command
 * @returns {Promise<string>} what it said where it failed, else nothing
 */
function runProgram([path = '', ...args]) {
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(root, 'node_modules', path), ...args], options, (error, stdout, stderr) => {
      resolve(error === null ? '' : `${stdout}${stderr}`.trim() || error.message);
    });
  });
}

/** @param {readonly import('./checks/source-files.mjs').Problem[]} problems */
function report(problems) {
  return problems.map(({ path, line, message }) => `${path}:${line} ${message}`).join('\n');
}

function allChecks() {
  const files = readSourceFiles(root);
  return [
    ...Object.entries(PROGRAMS).map(([name, command]) => ({
      name,
      run: async () => ({ said: await runProgram(command) }),
    })),
    ...Object.entries(OWN).map(([name, check]) => ({ name, run: async () => ({ said: report(check(files)) }) })),
    { name: 'vulnerabilities', run: async () => scan(files) },
  ];
}

/**
 * The one check that asks somebody else.
 * @param {readonly import('./checks/source-files.mjs').SourceFile[]} files
 */
function scan(files) {
  const { problems, note } = checkVulnerabilities(files, root);
  return { said: report(problems), note };
}

/** @typedef {{ name: string, run: () => Promise<{ said: string, note?: string }> }} Check */

/** @param {Check} check */
async function passes({ name, run }) {
  const startedMs = performance.now();
  const { said, note = '' } = await run();
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  console.log(`${said === '' ? 'ok    ' : 'BROKEN'} ${name.padEnd(16)} ${seconds} s  ${note}`.trimEnd());
  if (said !== '') console.log(said.replaceAll(/^/gm, '       '));
  return said === '';
}

/**
 * Two at a time: most of them keep one core busy.
 * @param {Check[]} checks
 * @returns {Promise<number>} how many are broken
 */
async function run(checks) {
  let broken = 0;
  const take = async () => {
    for (let check = checks.shift(); check; check = checks.shift()) if (!(await passes(check))) broken += 1;
  };
  const [first] = checks;
  if (first?.name === 'types') {
    checks.shift();
    if (!(await passes(first))) broken += 1;
  }
  await Promise.all([take(), take()]);
  return broken;
}

const named = process.argv.slice(2);
const checks = allChecks();
const unknown = named.filter((name) => !checks.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`no check is called ${unknown.join(', ')}; there are ${checks.map(({ name }) => name).join(', ')}`);
  process.exitCode = 1;
} else {
  const chosen = checks.filter(({ name }) => named.length === 0 || named.includes(name));
  const broken = await run([...chosen]);
  console.log(broken === 0 ? `all ${chosen.length} checks hold` : `${broken} of ${chosen.length} checks are broken`);
  process.exitCode = broken === 0 ? 0 : 1;
}
