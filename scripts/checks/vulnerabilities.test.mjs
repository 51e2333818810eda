// The check of vulnerabilities, run as `npm run check` runs it, against a small registry on loopback that plays the one
// endpoint that it asks; and what it says of answers that it keeps for judging.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { judgeAudit } from './vulnerabilities.mjs';

const CHECK = fileURLToPath(new URL('../check.mjs', import.meta.url));
const BULK = '/-/npm/v1/security/advisories/bulk';
const ID = 'GHSA-abcd-ef12-3456';
const directory = mkdtempSync(join(tmpdir(), 'kith-npm-'));

/** @type {import('node:http').Server[]} */
const servers = [];
/** What the registry was asked about: versions by name. */
let asked = /** @type {Record<string, string[]>} */ ({});

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
});
afterAll(() => rmSync(directory, { recursive: true }));

/**
 * A registry that knows nothing but these advisories, by package; with null it takes no such question.
 * @param {Record<string, object[]> | null} advisories
 */
async function startRegistry(advisories) {
  const server = createServer((request, response) => {
    const isQuestion = request.method === 'POST' && request.url === BULK && advisories !== null;
    /** @type {Buffer[]} */
    const parts = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts);
      const isPacked = request.headers['content-encoding'] === 'gzip';
      if (isQuestion) asked = JSON.parse(String(isPacked ? gunzipSync(body) : body));
      const status = isQuestion ? 200 : request.method === 'POST' ? 405 : 404;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(isQuestion ? JSON.stringify(advisories) : '{}');
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`;
}

/** @param {string} severity */
function advisory(severity) {
  const url = `https://github.com/advisories/${ID}`;
  return { id: 1, url, title: 'Everything is open', severity, vulnerable_versions: '>=0.0.0', cwe: [], cvss: {} };
}

/**
 * @param {string} registry
 * @returns {Promise<string>} `code: what was printed`
 */
async function check(registry) {
  // npm remembers advisories by their number, so each has a cache of its own.
  const cache = mkdtempSync(join(directory, 'cache-'));
  const npm = { npm_config_registry: registry, npm_config_cache: cache, npm_config_noproxy: '127.0.0.1' };
  const env = { ...process.env, ...npm };
  const child = spawn(process.execPath, [CHECK, 'vulnerabilities'], { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let printed = '';
  child.stdout.on('data', (part) => {
    printed += part;
  });
  await once(child, 'close');
  return `${child.exitCode}: ${printed}`;
}

describe('vulnerabilities, asked of a registry', { timeout: 120_000 }, () => {
  it('goes red on a package of the lockfile with a critical weakness, and names its line', async () => {
    const said = await check(await startRegistry({ ws: [advisory('critical')] }));
    expect(said).toMatch(/^1: BROKEN vulnerabilities/);
    expect(said).toMatch(new RegExp(`package-lock\\.json:[1-9]\\d* ws: critical: Everything is open \\(.*${ID}\\)`));
  });

  it('goes red on a high one that is for development alone', async () => {
    expect(await check(await startRegistry({ vitest: [advisory('high')] }))).toMatch(/^1: .*vitest: high: /s);
  });

  it('holds where no advisory is known, and says how much was scanned; of both kinds of packages', async () => {
    expect(await check(await startRegistry({}))).toMatch(/^0: ok {5}vulnerabilities .* \d{3,} packages scanned\n/);
    expect(Object.keys(asked)).toEqual(expect.arrayContaining(['ws', 'pg', 'vitest', 'typescript']));
  });

  it('holds where the weakness is a moderate one', async () => {
    expect(await check(await startRegistry({ ws: [advisory('moderate')] }))).toMatch(/^0: ok .* packages scanned\n/);
  });

  it('says that nothing was scanned where the registry gives no advisories, and does not fail', async () => {
    const said = await check(await startRegistry(null));
    expect(said).toMatch(/^0: ok .* NOTHING WAS SCANNED: the registry answered 405\n/);
  });

  it('says that nothing was scanned where there is no registry, and does not fail', async () => {
    const registry = await startRegistry(null);
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    const said = await check(registry);
    expect(said).toMatch(/^0: ok .* NOTHING WAS SCANNED: the registry gave no advisories \(ECONNREFUSED\)\n/);
  });
});

describe('vulnerabilities, judging an answer', () => {
  const found = { name: 'ws', severity: 'high', title: 'open', url: `https://github.com/advisories/${ID}` };
  const report = JSON.stringify({
    auditReportVersion: 2,
    vulnerabilities: { ws: { via: [found] }, sockets: { via: ['ws', found] } },
    metadata: { dependencies: { total: 2 } },
  });
  const lockfile = { path: 'package-lock.json', text: '{\n"packages": {\n"node_modules/ws": {}' };

  /** @param {object[]} accepted */
  const said = (accepted, answer = report) => {
    const list = { path: 'scripts/checks/accepted-advisories.json', text: JSON.stringify(accepted) };
    return judgeAudit(answer, [lockfile, list], '2026-11-22').problems.map(({ line, message }) => `${line} ${message}`);
  };

  it('tells of an advisory once, however many packages suffer from it', () => {
    expect(said([])).toEqual([`3 ws: high: open (${found.url})`]);
  });

  it('takes one that is accepted with a reason, up to its last day', () => {
    expect(said([{ advisory: ID, reason: 'not reached: we parse no such header', until: '2026-11-22' }])).toEqual([]);
  });

  it.each([
    ['its last day is over', { advisory: ID, reason: 'x', until: '2026-11-21' }, 'was accepted until 2026-11-21'],
    ['it has no last day', { advisory: ID, reason: 'x' }, 'without a last day'],
    ['it has no reason', { advisory: ID, until: '2027-01-01' }, 'without a reason'],
    ['it names none', { advisory: 'ws', reason: 'x', until: '2027-01-01' }, "'ws' is no GHSA"],
  ])('goes red where %s', (_, accepted, complaint) => {
    expect(said([accepted]).join('\n')).toContain(complaint);
  });

  it('goes red where one is accepted that is not there any more', () => {
    const none = JSON.stringify({ auditReportVersion: 2, vulnerabilities: {} });
    expect(said([{ advisory: ID, reason: 'x', until: '2027-01-01' }], none)).toEqual([
      `1 ${ID} is accepted and not found: drop it`,
    ]);
  });

  it('goes red where npm cannot read the lockfile: that is no fault of a registry', () => {
    expect(said([], JSON.stringify({ error: { code: 'ENOLOCK', summary: 'no lockfile' } }))).toEqual([
      '1 npm audit: ENOLOCK no lockfile',
    ]);
  });

  it('says that nothing was scanned where the answer is none', () => {
    expect(judgeAudit('<html>', [lockfile], '2026-11-22')).toEqual({
      problems: [],
      note: 'NOTHING WAS SCANNED: the registry gave no advisories',
    });
  });
});
