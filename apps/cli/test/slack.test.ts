// `kith import --from slack`: an export of Slack becomes people, conversations and logs, with the times at which things were said;
// the same import again doubles nothing, and a later export of the same workspace adds what is new.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type MigratedDatabase, makeMigratedDatabase } from '@kith/testkit/migrated-database';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { kithOn } from './fixtures/in-process.js';
import { type Packed, zipOf } from './fixtures/zip.js';

const T0 = Date.parse('2024-03-01T09:00:00Z') / 1_000;
const tsOf = (minutes: number): string => `${T0 + minutes * 60}.000100`;
const atOf = (minutes: number): number => (T0 + minutes * 60) * 1_000;

const USERS = [
  { id: 'U1', name: 'ann', team_id: 'T1', profile: { real_name: 'Ann Smith', email: 'ann@acme.example' } },
  { id: 'U2', name: 'ben', team_id: 'T1', profile: { display_name: 'Ben', email: 'ben@acme.example' } },
  { id: 'U3', name: 'eve', team_id: 'T1', deleted: true, profile: { real_name: 'Eve Gone' } },
  { id: 'U4', name: 'ci', team_id: 'T1', is_bot: true, profile: { real_name: 'Build Bot' } },
];
const GENERAL = {
  ...{ id: 'C1', name: 'general', created: T0 - 60, creator: 'U1', members: ['U1', 'U2'] },
  topic: { value: 'Everything' },
};
const SAID: readonly object[] = [
  { type: 'message', subtype: 'channel_join', user: 'U1', ts: tsOf(0), text: '<@U1> has joined the channel' },
  { type: 'message', user: 'U1', ts: tsOf(1), thread_ts: tsOf(1), text: '*Hello* <@U2>, see <#C2|>' },
  { type: 'message', user: 'U2', ts: tsOf(2), thread_ts: tsOf(1), text: 'in a thread :wave:' },
  { type: 'message', subtype: 'thread_broadcast', user: 'U2', ts: tsOf(3), thread_ts: tsOf(1), text: 'for all to see' },
  {
    ...{
      type: 'message',
      user: 'U3',
      ts: tsOf(4),
      text: 'I will leave <!channel>',
      edited: { user: 'U3', ts: tsOf(6) },
    },
    reactions: [
      { name: '+1', users: ['U1', 'U2'], count: 2 },
      { name: 'our-logo', users: ['U1'], count: 1 },
    ],
  },
  { type: 'message', subtype: 'bot_message', bot_id: 'B1', username: 'Deploys', ts: tsOf(5), text: 'deployed' },
  { type: 'message', user: 'U4', ts: tsOf(7), text: '', attachments: [{ fallback: 'Build 7 passed' }] },
  {
    ...{ type: 'message', user: 'U1', ts: tsOf(8), text: 'the plan' },
    files: [{ id: 'F1', name: 'plan.pdf', url_private: 'https://files.slack.example/T1-F1/plan.pdf?t=xoxe-secret' }],
  },
];
const json = (name: string, content: unknown): Packed => ({ name, content: JSON.stringify(content), isDeflated: true });
const exportOf = (more: readonly object[] = []): readonly Packed[] => [
  json('users.json', USERS),
  json('channels.json', [GENERAL]),
  json('groups.json', [
    { id: 'C2', name: 'secret', created: T0, creator: 'U2', members: ['U2', 'U1'], is_archived: true },
  ]),
  json('dms.json', [{ id: 'D1', created: T0, members: ['U1', 'U2'] }]),
  json('mpims.json', [
    { id: 'G1', name: 'mpdm-ann--ben--eve-1', created: T0, creator: 'U2', members: ['U1', 'U2', 'U3'] },
  ]),
  json('general/2024-03-01.json', [...SAID, ...more]),
  json('secret/2024-03-02.json', [{ type: 'message', user: 'U2', ts: tsOf(1_500), text: 'hush' }]),
  json('D1/2024-03-01.json', [{ type: 'message', user: 'U2', ts: tsOf(9), text: 'hi Ann' }]),
  json('mpdm-ann--ben--eve-1/2024-03-01.json', [{ type: 'message', user: 'U1', ts: tsOf(10), text: 'us three' }]),
];

let postgres: MigratedDatabase;
let directory = '';

beforeAll(async () => {
  postgres = await makeMigratedDatabase();
  directory = await mkdtemp(join(tmpdir(), 'kith-slack-'));
});
afterAll(async () => {
  await postgres?.drop();
  await rm(directory, { recursive: true, force: true });
});

type Line = { readonly type: string; readonly [field: string]: unknown };

async function imported(files: readonly Packed[]) {
  const path = join(directory, 'slack.zip');
  await writeFile(path, zipOf(files));
  const { code, out, err } = await kithOn({ database: postgres.url }, ['import', '--from', 'slack', path, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out) as { readonly [what: string]: unknown };
}

async function lines(): Promise<readonly Line[]> {
  const path = join(directory, 'out.jsonl');
  expect(await kithOn({ database: postgres.url }, ['export', path])).toMatchObject({ code: 0 });
  const text = await readFile(path, 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

/** Its entries, and its people, by the name that leads to it. */
function room(all: readonly Line[], id: string) {
  const from = all.findIndex(({ names }) => Array.isArray(names) && names.includes(`slack:T1:${id}`));
  const rest = all.slice(from + 1);
  const end = rest.findIndex(({ type }) => type !== 'member' && type !== 'entry');
  const own = rest.slice(0, end);
  return { kind: all[from]?.kind, entries: own.filter(({ type }) => type === 'entry') };
}

it('makes people, conversations and logs of it, with the times at which things were said', async () => {
  const input = 'a-good-long-password\n';
  const made = await kithOn({ database: postgres.url, input }, [
    'user',
    'create',
    'Ann',
    '--owner',
    '--password-stdin',
  ]);
  expect(made).toMatchObject({ code: 0 });
  expect(await imported(exportOf())).toMatchObject({
    ...{ people: 4, conversations: 4, messages: 10, known: 0, reactions: 2, edits: 1, matched: ['Ann'] },
    left: { 'notices of who came, went and renamed': 1, 'reactions with a picture of the workspace': 1 },
  });
  const all = await lines();
  const users = all.filter(({ type }) => type === 'user');
  const nameOf = new Map(users.map(({ id, name }) => [id, name]));
  expect(users.map(({ name, kind }) => `${name} ${kind}`).toSorted()).toEqual(
    ['Ann person', 'Ben person', 'Build Bot bot', 'Deploys bot', 'Eve Gone person'].toSorted(),
  );
  expect(users.find(({ name }) => name === 'Eve Gone')?.deactivatedAt).toEqual(expect.any(Number));
  const { kind, entries } = room(all, 'C1');
  expect(kind).toBe('channel');
  const said = entries.filter((entry) => entry.kind === 'message.sent');
  const texts = said.map(({ author, body, at }) => [nameOf.get(author), (body as { text: string }).text, at]);
  expect(texts).toEqual([
    ['Ann', '**Hello** @Ben, see #secret', atOf(1)],
    ['Ben', 'in a thread 👋', atOf(2)],
    ['Ben', 'for all to see', atOf(3)],
    ['Eve Gone', 'I will leave @channel', atOf(4)],
    ['Deploys', 'deployed', atOf(5)],
    ['Build Bot', 'Build 7 passed', atOf(7)],
    ['Ann', 'the plan\n📎 plan.pdf (https://files.slack.example/T1-F1/plan.pdf)', atOf(8)],
  ]);
  const [first, second, third] = said;
  expect(second?.body).toMatchObject({ thread: first?.seq, count: 1 });
  expect(third?.body).toMatchObject({ replyTo: first?.seq });
  const later = entries.filter((entry) => !/^(?:message\.sent|conversation\.|member\.joined)/.test(String(entry.kind)));
  expect(later.map((entry) => [entry.kind, nameOf.get(entry.author), entry.at])).toEqual([
    ['reaction.set', 'Ann', atOf(4)],
    ['reaction.set', 'Ben', atOf(4)],
    ['message.edited', 'Eve Gone', atOf(6)],
    ['member.left', 'Eve Gone', expect.any(Number)],
  ]);
  expect(room(all, 'D1')).toMatchObject({ kind: 'direct' });
  expect(room(all, 'G1')).toMatchObject({ kind: 'group' });
  expect(room(all, 'C2').entries.at(-1)).toMatchObject({ kind: 'conversation.updated', body: { archived: true } });
  expect(JSON.stringify(all)).not.toContain('xoxe');
});

it('doubles nothing when it is repeated, and adds what a later export has more', async () => {
  const before = (await lines()).slice(1, -1);
  expect(await imported(exportOf())).toMatchObject({ people: 0, messages: 0, known: 10, reactions: 0, edits: 0 });
  expect((await lines()).slice(1, -1)).toEqual(before);
  const news = [{ type: 'message', user: 'U2', ts: tsOf(30), thread_ts: tsOf(1), text: 'later' }];
  expect(await imported(exportOf(news))).toMatchObject({ people: 0, messages: 1, known: 10 });
  const { entries } = room(await lines(), 'C1');
  expect(entries.at(-1)).toMatchObject({ kind: 'message.sent', at: atOf(30), body: { text: 'later', count: 2 } });
});

it('writes nothing of an archive in which something is wrong', async () => {
  const empty = await makeMigratedDatabase();
  const path = join(directory, 'false.zip');
  await writeFile(path, zipOf([...exportOf(), { name: 'general/2024-03-09.json', content: '[{"ts":' }]));
  const { code, err } = await kithOn({ database: empty.url }, ['import', '--from', 'slack', path]);
  expect({ code, err }).toEqual({ code: 1, err: 'kith import: general/2024-03-09.json: this is no JSON\n' });
  expect(await empty.query('SELECT count(*)::int AS count FROM account')).toEqual([{ count: 0 }]);
  await empty.drop();
});
