// What of a foreign archive is taken and what is refused, and how Slack's words become ours. Nothing here needs a database.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Packed, zipOf } from '../../test/fixtures/zip.js';
import { Archive, BOUNDS } from './archive.js';
import { EmojiNames } from './emoji-names.js';
import { keyOf } from './keys.js';
import { textOf } from './texts.js';
import { SlackExport } from './workspace.js';

let directory = '';
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'kith-slack-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function opened(files: readonly Packed[] | Buffer, bounds = BOUNDS): Promise<Archive> {
  const path = join(directory, 'export.zip');
  await writeFile(path, Buffer.isBuffer(files) ? files : zipOf(files));
  return Archive.open(path, bounds);
}

const file = (name: string, content: unknown): Packed => ({ name, content: JSON.stringify(content) });
const USERS = file('users.json', [{ id: 'U1', name: 'ann', team_id: 'T1' }]);

describe('an archive', () => {
  it.each<readonly [string, readonly Packed[] | Buffer, RegExp]>([
    ['that is none', Buffer.from('hello'), /is refused/],
    ['that was cut', zipOf([USERS]).subarray(0, 40), /is refused/],
    ['with a name above it', [file('../../etc/passwd', [])], /is refused: .*invalid relative path/],
    ['with an absolute name', [file('/etc/passwd', [])], /is refused: .*absolute path/],
    ['with a name of a drive', [file('C:\\users.json', [])], /is refused: .*(absolute path|invalid characters)/],
    ['with a name that is there twice', [USERS, USERS], /"users.json" is in it twice/],
    ['that is encrypted', [{ ...USERS, isEncrypted: true, isDeflated: true }], /is encrypted: unpack it/],
    [
      'that unpacks to far more than it is',
      [{ name: 'users.json', content: Buffer.alloc(4_000_000, 32), isDeflated: true }],
      /unpacks to more than 200 times its size/,
    ],
  ])('%s is refused with a word', async (_, files, said) => {
    await expect(opened(files)).rejects.toThrow(said);
  });

  it('is refused where it has more files, or more bytes, than are bounded', async () => {
    const days = Array.from({ length: 5 }, (_, day) => file(`general/2024-01-0${day + 1}.json`, ['x'.repeat(50)]));
    await expect(opened(days, { ...BOUNDS, files: 4 })).rejects.toThrow('one of more than 4 files');
    await expect(opened(days, { ...BOUNDS, fileBytes: 40 })).rejects.toThrow('unpacks to more than 40 bytes');
    await expect(opened(days, { ...BOUNDS, allBytes: 120 })).rejects.toThrow('brings it to more than 120 bytes');
  });

  it('whose directory lies of a size is refused when it is read', async () => {
    const archive = await opened([{ name: 'users.json', content: '[1,2,3,4,5,6]', isDeflated: true, claimed: 3 }]);
    await expect(archive.json('users.json')).rejects.toThrow(/^users\.json: /);
    archive.close();
  });
});

describe('an export of Slack', () => {
  const exportOf = async (...files: Packed[]) => new SlackExport(await opened(files));

  it('may lie in a folder of the archive, and needs its users', async () => {
    const found = await exportOf(file('acme/users.json', [{ id: 'U1', name: 'ann', team_id: 'T9' }]));
    expect(await found.workspace()).toMatchObject({ team: 'T9', people: [{ id: 'U1', handle: 'ann', isBot: false }] });
    await expect(exportOf(file('channels.json', []))).rejects.toThrow('there is no users.json in it');
  });

  it.each<readonly [string, Packed, RegExp]>([
    ['no JSON', { name: 'general/2024-01-01.json', content: '[{' }, /^general\/2024-01-01\.json: this is no JSON/],
    ['no list', file('general/2024-01-01.json', {}), /^general\/2024-01-01\.json: a list is wanted/],
    [
      'no object',
      file('general/2024-01-01.json', [{ ts: '1.0' }, 5]),
      /^general\/2024-01-01\.json, message 2: an object/,
    ],
    ['a false time', file('general/2024-01-01.json', [{ ts: 'now' }]), /message 1: ts is to be a time such as/],
    ['a false text', file('general/2024-01-01.json', [{ ts: '1.0', text: [] }]), /message 1: text is to be a text/],
  ])('with %s in it is refused with the place', async (_, day, said) => {
    const found = await exportOf(USERS, file('channels.json', [{ id: 'C1', name: 'general' }]), day);
    const [room] = (await found.workspace()).rooms;
    if (room === undefined) throw new Error('a room is wanted');
    await expect(found.posts(room)).rejects.toThrow(said);
  });
});

describe('words of Slack', () => {
  const emoji = new EmojiNames();

  it('name emoji, with tones of skin', () => {
    const names = ['+1', 'thumbsup', 'wave::skin-tone-5', 'flag-de', 'party-parrot'];
    expect(names.map((name) => emoji.emojiOf(name))).toEqual(['👍', '👍', '👋🏾', '🇩🇪', null]);
    expect(emoji.inText('hi :wave: `:wave:` :party-parrot: 10:30:45')).toBe('hi 👋 `:wave:` :party-parrot: 10:30:45');
  });

  it('become text, with people and rooms by their names here, and files without the tokens that open them', () => {
    const ann = '01890a5d-ac97-7000-8000-000000000001';
    const known = {
      ...{ emoji, people: new Map([['U1', { user: ann }]]), names: new Map([[ann, 'Ann']]) },
      rooms: new Map([['C1', 'general']]),
    };
    const post = { ts: '1.0', at: 1_000, author: { user: 'U1' }, threadTs: null, isBroadcast: false, editedAt: null };
    const of = (text: string, files: { name: string; url: string | null }[] = [], attachments: unknown[] = []) =>
      textOf({ ...post, text, reactions: [], files, attachments }, known);
    expect(of('*<@U1>* see <#C1> and <#C2|other>, <!channel> &amp; <https://x.example|here> :tada:')).toEqual({
      text: '**@Ann** see #general and #other, @channel & here (https://x.example/) 🎉',
      users: [ann],
      isToAll: true,
    });
    const url = 'https://files.slack.com/files-pri/T1-F1/plan.pdf?t=xoxe-1234';
    expect(of('', [{ name: 'plan.pdf', url }])?.text).toBe(
      '📎 plan.pdf (https://files.slack.com/files-pri/T1-F1/plan.pdf)',
    );
    expect(of('', [], [{ fallback: 'Build 5 failed' }])?.text).toContain('Build 5 failed');
    expect(of('')).toBeNull();
  });

  it('make keys that are found again, and of nothing else', () => {
    expect(keyOf('slack', 'T1', 'C1', 'message', '1.0')).toBe(keyOf('slack', 'T1', 'C1', 'message', '1.0'));
    expect(keyOf('slack', 'T1', 'C1', 'message', '1.0')).not.toBe(keyOf('slack', 'T1', 'C1', 'message', '1.1'));
    expect(keyOf('a')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
