// A demonstration and what is carried from one installation to another: `kith demo` tells the same story by the same seed, with all
// that a page has to bear; `kith export` and `kith import` make the same logs of it elsewhere, and take no file that was cut or
// altered.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';
import { type MigratedDatabase, makeMigratedDatabase } from '@kith/testkit/migrated-database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kithOn } from './fixtures/in-process.js';
import { KITH, type Said } from './fixtures/kith.js';
import { actingOn, addOddEnds } from './fixtures/odd-ends.js';

const PASSWORD = 'a-password-for-the-demonstration';
const DEMO = ['demo', '--messages', '240', '--seed', 'test', '--until', '2026-01-30T12:00:00Z', '--json'];

type Line = { readonly type: string; readonly [field: string]: unknown };

type Written = { readonly log: string; readonly sha256: string; readonly entries: number };
type Told = { readonly username: string; readonly password: string };
type Place = { readonly kind: string; readonly unread: number };

/** What stands beside the entries. */
const TABLES = [
  ...(['amendment', 'reaction', 'vote', 'pin', 'setting', 'follower', 'member', 'conversation'] as const),
  ...(['account', 'reservation', 'credential', 'search_term', 'retention', 'look'] as const),
];

const made: MigratedDatabase[] = [];
let directory = '';
let [first, second, third] = ['', '', ''];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kith-transfer-'));
  [first, second, third] = [await makeDatabase(), await makeDatabase(), await makeDatabase()];
  const told = await kithOn({ database: first, input: `${PASSWORD}\n` }, [...DEMO, '--password-stdin']);
  if (told.code !== 0) throw new Error(told.err);
});
afterAll(async () => {
  for (const database of made) await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function makeDatabase(): Promise<string> {
  const database = await makeMigratedDatabase();
  made.push(database);
  return database.url;
}

const at = (name: string): string => join(directory, name);

async function exported(database: string, name: string, ...more: string[]) {
  const { code, out, err } = await kithOn({ database }, ['export', at(name), '--json', ...more]);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as Written;
}

async function linesOf(name: string): Promise<readonly Line[]> {
  const bytes = await readFile(at(name));
  const text = (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString('utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

async function idsOf(name: string): Promise<readonly string[]> {
  return (await linesOf(name)).flatMap(({ type, id }) => (type === 'user' ? [String(id)] : []));
}

/** Lines as a file, with a right sum at the end. */
async function written(name: string, lines: readonly Line[]): Promise<string> {
  const text = lines
    .slice(0, -1)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
  const sha256 = createHash('sha256').update(text).digest('hex');
  await writeFile(at(name), `${text}${JSON.stringify({ ...lines.at(-1), sha256 })}\n`);
  return at(name);
}

describe('kith demo', () => {
  it('tells of everything that a page has to bear, by the rules of the core', async () => {
    await exported(first, 'demo.jsonl');
    const lines = await linesOf('demo.jsonl');
    const messages = lines.filter(({ kind }) => kind === 'message.sent');
    expect(messages).toHaveLength(240);
    expect(lines.filter(({ type }) => type === 'user')).toHaveLength(24);
    const places = lines.filter(({ type, kind }) => type === 'conversation' && kind !== 'self');
    expect(places).toHaveLength(20);
    expect(new Set(places.map(({ kind }) => kind))).toEqual(new Set(['channel', 'group', 'direct']));
    const kinds = new Set(lines.map(({ kind }) => kind));
    for (const kind of ['edited', 'deleted', 'pinned']) expect(kinds).toContain(`message.${kind}`);
    for (const kind of ['reaction.set', 'poll.voted', 'setting.set', 'member.role']) expect(kinds).toContain(kind);
    const bodies = messages.map(({ body }) => body as { readonly text?: string; readonly [field: string]: unknown });
    for (const field of ['replyTo', 'thread', 'mentions', 'poll'])
      expect(bodies.some((body) => field in body)).toBe(true);
    for (const form of [/[\u0590-\u08ff]/, /\p{Extended_Pictographic}/u, /```/, /\S{60}/, /[\u3040-\u9fff]/]) {
      expect(bodies.some(({ text = '' }) => form.test(text))).toBe(true);
    }
    const times = messages.map((message) => Number(message.at));
    expect(Math.max(...times)).toBeLessThanOrEqual(Date.parse('2026-01-30T12:00:00Z'));
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(30 * 86_400_000);
    const [ada] = lines.filter(({ username }) => username === 'ada');
    const own = lines.filter(({ type, user }) => type === 'member' && user === ada?.id);
    expect(own.some(({ read, delivered }) => Number(read) < Number(delivered))).toBe(true);
    expect(lines.some(({ body }) => JSON.stringify(body ?? {}).includes('"folder:demo-1"'))).toBe(true);
  });

  it('tells the same by the same seed', async () => {
    const again = await kithOn({ database: second }, DEMO);
    expect(again).toMatchObject({ code: 0, err: '' });
    const { password, ...told } = JSON.parse(again.out) as { readonly password: string };
    expect(told).toMatchObject({ people: 24, conversations: 20, messages: 240, username: 'ada' });
    expect(password).toMatch(/^[0-9a-z-]{20,}$/);
    const [one, other] = [await exported(first, 'one.jsonl'), await exported(second, 'other.jsonl')];
    expect(other.log).toBe(one.log);
  });

  it('refuses a database with people in it, and says what would be right', async () => {
    const { code, err } = await kithOn({ database: first }, DEMO);
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringContaining('there are 24 people in this database: set'),
    });
  });
});

describe('kith demo --serve', () => {
  it('serves what it told, and whoever it names signs in with what it printed', async () => {
    const database = await makeDatabase();
    const child = spawn(process.execPath, [KITH, 'demo', '--messages', '60', '--serve', '--json'], {
      env: { ...process.env, DATABASE_URL: database, PORT: '0', LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const over = once(child, 'close');
    try {
      const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
      const told = JSON.parse(String((await lines.next()).value)) as Told;
      const [, url = ''] = /^Kith is at (\S+)$/.exec(String((await lines.next()).value)) ?? [];
      const { username, password } = told;
      const ask = async (path: string, init: RequestInit) => (await fetch(`${url}/v1/${path}`, init)).json();
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ username, password });
      const session = (await ask('sessions', { method: 'POST', headers, body })) as { readonly accessToken: string };
      const authorization = `Bearer ${session.accessToken}`;
      const list = (await ask('conversations?limit=100', { headers: { authorization } })) as {
        readonly items: Place[];
      };
      // In all but three, beside their own.
      expect(list.items.filter(({ kind }) => kind !== 'self')).toHaveLength(17);
      expect(list.items.filter(({ unread }) => unread > 0).length).toBeGreaterThan(3);
      expect(list.items.filter(({ unread }) => unread === 0).length).toBeGreaterThan(3);
      // While it serves, nobody else writes to it.
      const refused = await kithOn({ database }, DEMO);
      expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('a server uses this database') });
    } finally {
      child.kill('SIGTERM');
    }
    expect((await over)[0]).toBe(0);
  });
});

describe('kith export and kith import', () => {
  let anonymous = 0;
  let before: Written | null = null;
  let taken: Said | null = null;
  beforeAll(async () => {
    await exported(first, 'people.jsonl');
    ({ anonymous } = await addOddEnds(first, await idsOf('people.jsonl')));
    before = await exported(first, 'carried.jsonl.gz', '--with-credentials');
    taken = await kithOn({ database: third }, ['import', at('carried.jsonl.gz'), '--json']);
    await exported(third, 'back.jsonl', '--with-credentials');
  });

  it('make the same logs elsewhere, with all that stands beside them', async () => {
    expect(taken).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(taken?.out ?? '')).toMatchObject({ users: 24, credentials: true, log: before?.log });
    expect((await exported(third, 'again.jsonl')).log).toBe(before?.log);
    const bare = async (name: string) =>
      (await linesOf(name)).map(({ epoch, at, sha256, ...line }) => (line.type === 'entry' ? { at, ...line } : line));
    expect(await bare('back.jsonl')).toEqual(await bare('carried.jsonl.gz'));
    expect((await linesOf('back.jsonl'))[0]).toMatchObject({ retention: { days: 400 }, look: { accent: 'violet' } });
    for (const table of TABLES) {
      // Who voted in a poll that names nobody is in no export.
      const isTold = (row: string) => table !== 'vote' || !row.includes(`"target": ${anonymous}`);
      expect(await rowsOf(third, table), table).toEqual((await rowsOf(first, table)).filter(isTold));
    }
  });

  it('keep hidden from people what they hid, in the new epochs', async () => {
    const fourth = await makeDatabase();
    const [ada = ''] = await idsOf('back.jsonl');
    const said = (await linesOf('back.jsonl')).find(({ kind, author }) => kind === 'message.sent' && author !== ada);
    const seq = Number(said?.seq);
    const hidden = await actingOn(third, async (as) => {
      const { items } = await as.do(ada, 'conversations.list', {});
      const [place] = items.filter(({ kind }) => kind === 'channel');
      await as.do(ada, 'message.hide', { conversation: place?.id ?? '', epoch: place?.epoch ?? 0, target: seq });
      return place?.id ?? '';
    });
    await exported(third, 'hidden.jsonl');
    expect(await kithOn({ database: fourth }, ['import', at('hidden.jsonl')])).toMatchObject({ code: 0 });
    const read = await actingOn(fourth, async (as) => {
      const page = { conversation: hidden, after: seq - 1, limit: 1 };
      return (await as.do(ada, 'entries.read', page)).entries;
    });
    expect(read).toEqual([expect.objectContaining({ seq, kind: 'hidden' })]);
  });

  it('leave hashes of passwords out unless they are asked for', async () => {
    await exported(first, 'bare.jsonl');
    const text = await readFile(at('bare.jsonl'), 'utf8');
    expect(text).not.toContain('passwordHash');
    expect(text).not.toContain('$argon2');
    expect(await readFile(at('back.jsonl'), 'utf8')).toContain('$argon2');
  });

  it('refuse a file that was cut or altered, before anything is written', async () => {
    const database = await makeDatabase();
    await exported(first, 'whole.jsonl');
    const whole = await readFile(at('whole.jsonl'));
    const gzipped = await readFile(at('carried.jsonl.gz'));
    const cases: readonly (readonly [string, Buffer, RegExp])[] = [
      ['cut', whole.subarray(0, whole.length - 400), /ends within a line|was cut/],
      ['cut at a line', whole.subarray(0, whole.lastIndexOf('\n', whole.length - 2) + 1), /was cut: its last line/],
      ['altered', Buffer.from(whole.toString('utf8').replace('Ada Brandt', 'Ada Brandl')), /line \d+: .*altered/],
      ['cut.gz', gzipped.subarray(0, gzipped.length - 40), /cut or altered/],
      ['another', Buffer.from('{"type":"message"}\n'), /line 1: /],
      ['none', Buffer.from('[]\n'), /line 1: this is no JSON object/],
      ['empty', Buffer.alloc(0), /is empty/],
    ];
    for (const [name, bytes, said] of cases) {
      await writeFile(at(name), bytes);
      const { code, err } = await kithOn({ database }, ['import', at(name)]);
      expect({ name, code, err }).toEqual({ name, code: 1, err: expect.stringMatching(said) });
    }
    expect(await kithOn({ database }, ['import', '--verify', at('whole.jsonl')])).toMatchObject({ code: 0 });
    expect(await rowsOf(database, 'account')).toEqual([]);
  });

  it('say the line where a file has a right sum and says what cannot be, and then nothing is there', async () => {
    const database = await makeDatabase();
    const lines = await linesOf('carried.jsonl.gz');
    const place = lines.findIndex(({ kind }) => kind === 'message.sent');
    const with_ = (change: object) => lines.map((line, index) => (index === place ? { ...line, ...change } : line));
    const line = place + 1;
    const cases: readonly (readonly [readonly Line[], string])[] = [
      [with_({ seq: 999 }), `line ${line}: seq is to be`],
      [with_({ n: 999 }), `line ${line}: n is to be`],
      [with_({ author: '01900000-0000-7000-8000-000000000000' }), `line ${line}: its author is not among the people`],
      [with_({ kind: 'message.sung' }), `line ${line}: this build knows no kind of entry`],
      [with_({ body: { text: 5 } }), `line ${line}: body of message.sent: text`],
      [lines.filter((_, index) => index !== place), `line ${line}: seq is to be`],
      [lines.filter(({ username }) => username !== 'max'), 'there is no such user above'],
      [[{ ...lines[0], retention: { days: -1 } }, ...lines.slice(1)] as Line[], 'line 1: '],
      [[{ ...lines[0], look: { accent: 'mauve?' } }, ...lines.slice(1)] as Line[], 'line 1: '],
      [[...lines.slice(0, 2), ...lines.slice(1)], 'has an id, a name or a key twice'],
    ];
    for (const [altered, said] of cases) {
      const { code, err } = await kithOn({ database }, ['import', await written('false.jsonl', altered)]);
      expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(said) });
    }
    for (const table of ['account', 'conversation', 'entry', 'workspace', 'retention', 'look']) {
      expect(await rowsOf(database, table), table).toEqual([]);
    }
  });

  it('take nothing into a database with people in it', async () => {
    const { code, err } = await kithOn({ database: third }, ['import', at('carried.jsonl.gz')]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('an import goes into an empty one') });
  });
});

/** Of a table, without what a store alone knows: numbers of conversations become their ids. */
async function rowsOf(database: string, table: string): Promise<readonly string[]> {
  const text = `SELECT ((to_jsonb(t) || coalesce((SELECT jsonb_build_object('conversation', c.id) FROM conversation c
    WHERE c.no::text = to_jsonb(t) ->> 'conversation'), '{}')) - '{changed,workspace,no,epoch,kept_since,trimmed}'::text[])::text AS row FROM ${table} t`;
  const rows = (await made.find(({ url }) => url === database)?.query(text)) ?? [];
  return rows.map(({ row }) => String(row)).toSorted();
}
