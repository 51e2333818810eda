/**
 * No package of the lockfile, for production or development, has a known weakness of the grade `high` or above: what
 * `npm audit` is told by the registry's advisories. One that cannot be mended yet is accepted in
 * `accepted-advisories.json`, as { "advisory": "GHSA-…", "reason": "…", "until": "2026-12-31" }: until that day.
 * Where the registry gives no advisories, or there is no network, nothing is scanned: that is said, and is no failure.
 */
import { spawnSync } from 'node:child_process';
import { npmCommand } from '../setup/dependencies.mjs';

const LOCKFILE = 'package-lock.json';
const ACCEPTED = 'scripts/checks/accepted-advisories.json';
const GRADES = new Set(['high', 'critical']);
/** Longest that the registry may take, and npm with it. Milliseconds. */
const FETCH_MS = 30_000;
const LONGEST_MS = 120_000;
const ARGUMENTS = [
  ...['audit', '--json', '--package-lock-only', '--include=dev', '--include=optional', '--include=peer'],
  ...['--fetch-retries=0', `--fetch-timeout=${FETCH_MS}`],
];

/** @typedef {{ readonly advisory: string, readonly reason: string, readonly until: string }} Accepted */
/** @typedef {{ readonly name: string, readonly title: string, readonly url: string, readonly severity: string }} Advisory */
/** @typedef {{ readonly problems: readonly import('./source-files.mjs').Problem[], readonly note: string }} Outcome */

/**
 * Asks the registry that npm is set up with.
 * @param {readonly import('./source-files.mjs').SourceFile[]} files
 * @param {string} root
 * @returns {Outcome}
 */
export function checkVulnerabilities(files, root) {
  const [program, ...args] = npmCommand();
  const result = spawnSync(program, [...args, ...ARGUMENTS], {
    cwd: root,
    encoding: 'utf8',
    timeout: LONGEST_MS,
    maxBuffer: 64 * 1024 * 1024,
  });
  if (result.error && 'code' in result.error && result.error.code === 'ETIMEDOUT') {
    return notScanned('npm audit did not end in time');
  }
  if (result.error) return broken(`npm could not be started: ${result.error.message}`);
  return judgeAudit(result.stdout, files, new Date().toISOString().slice(0, 10));
}

/**
 * What is to be said of an answer of `npm audit --json`.
 * @param {string} answer
 * @param {readonly import('./source-files.mjs').SourceFile[]} files
 * @param {string} today as `2026-12-31`
 * @returns {Outcome}
 */
export function judgeAudit(answer, files, today) {
  const report = parsed(answer);
  if (report?.auditReportVersion === undefined) return withoutReport(report);
  const accepted = acceptedIn(files);
  const found = advisoriesIn(report);
  const problems = [
    ...found
      .filter(({ url }) => !accepted.some(({ advisory }) => url.endsWith(advisory)))
      .map(({ name, severity, title, url }) => {
        return { path: LOCKFILE, line: lineOf(files, name), message: `${name}: ${severity}: ${title} (${url})` };
      }),
    ...accepted
      .flatMap((each) => faultsOf(each, found, today))
      .map((message) => ({ path: ACCEPTED, line: 1, message })),
  ];
  return { problems, note: `${report.metadata?.dependencies?.total ?? 'all'} packages scanned` };
}

/** @param {any} report an error of npm, or null for what is no JSON */
function withoutReport(report) {
  // Of the lockfile, or of how npm was asked: the registry's faults have no code here.
  if (report?.error?.code !== undefined) {
    return broken(`npm audit: ${report.error.code} ${report.error.summary}`);
  }
  if (typeof report?.statusCode === 'number') return notScanned(`the registry answered ${report.statusCode}`);
  const [code] = /\bE[A-Z_]{4,}\b/.exec(String(report?.message)) ?? [];
  return notScanned(`the registry gave no advisories${code === undefined ? '' : ` (${code})`}`);
}

/**
 * @param {string} why
 * @returns {Outcome}
 */
function notScanned(why) {
  return { problems: [], note: `NOTHING WAS SCANNED: ${why}` };
}

/**
 * @param {string} message
 * @returns {Outcome}
 */
function broken(message) {
  return { problems: [{ path: LOCKFILE, line: 1, message }], note: '' };
}

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * Each once, though several packages may suffer from it.
 * @param {any} report
 * @returns {readonly Advisory[]}
 */
function advisoriesIn(report) {
  /** @type {Map<string, Advisory>} */
  const found = new Map();
  for (const { via = [] } of Object.values(report.vulnerabilities ?? {})) {
    // A text names another package that brings the weakness in.
    for (const each of via) if (GRADES.has(each.severity)) found.set(`${each.name} ${each.url}`, each);
  }
  return [...found.values()];
}

/**
 * @param {readonly import('./source-files.mjs').SourceFile[]} files
 * @returns {readonly Accepted[]}
 */
function acceptedIn(files) {
  return JSON.parse(files.find(({ path }) => path === ACCEPTED)?.text ?? '[]');
}

/**
 * @param {Accepted} accepted
 * @param {readonly Advisory[]} found
 * @param {string} today
 */
function faultsOf({ advisory, reason, until }, found, today) {
  const faults = [];
  if (!/^GHSA(-[a-z0-9]{4}){3}$/.test(advisory ?? '')) faults.push(`'${advisory}' is no GHSA-… id`);
  if (!reason) faults.push(`${advisory} is accepted without a reason`);
  if (!/^\d{4}-\d\d-\d\d$/.test(until ?? '')) faults.push(`${advisory} is accepted without a last day, as 2026-12-31`);
  else if (until < today) faults.push(`${advisory} was accepted until ${until}: mend it, or say anew why not`);
  if (!found.some(({ url }) => url.endsWith(advisory))) faults.push(`${advisory} is accepted and not found: drop it`);
  return faults;
}

/**
 * @param {readonly import('./source-files.mjs').SourceFile[]} files
 * @param {string} name
 */
function lineOf(files, name) {
  const lines = (files.find(({ path }) => path === LOCKFILE)?.text ?? '').split('\n');
  return lines.findIndex((line) => line.includes(`node_modules/${name}"`)) + 1;
}
