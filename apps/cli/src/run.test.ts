// The line as it is understood: pages of help, and what cannot be meant. Nothing here gets as far as a database.
import { describe, expect, it } from 'vitest';
import { keptTerminal } from '../test/fixtures/terminal.js';
import { run } from './run.js';

const NAMES = [
  'serve',
  'config',
  'doctor',
  'user',
  'workspace',
  'backup',
  'restore',
  'demo',
  'export',
  'import',
  'jobs',
  'prove',
  'bench',
];

async function say(...line: string[]) {
  const { terminal, said } = keptTerminal(() => Promise.reject(new Error('nothing is to be read')));
  const code = await run(line, terminal);
  return { code, ...said() };
}

it('without a word, and help, give the page of all commands', async () => {
  for (const line of [[], ['help'], ['--help'], ['-h']]) {
    const { code, out } = await say(...line);
    expect(code).toBe(0);
    for (const name of NAMES) expect(out).toContain(`kith ${name} `);
  }
});

it.each(NAMES)('kith %s has a page of its own, by either way, which says how it ends', async (name) => {
  const page = await say(name, '--help');
  expect(page).toMatchObject({ code: 0, out: expect.stringMatching(/^Exit status: /m), err: '' });
  expect(page.out).toContain(`kith ${name}`);
  expect(await say('help', name)).toEqual(page);
});

describe('wrong usage', () => {
  it.each([
    'nope',
    'help nope',
    'serve word',
    'config --nope',
    'config word',
    'doctor word',
    'user',
    'user nope',
    'user create',
    'user create ann a-password',
    'user list word',
    'user disable olive --owner',
    'workspace word',
    'backup',
    'backup a b',
    'backup a --every 6',
    'backup a --every',
    'backup a --keep 0',
    'backup --verify a --keep 2',
    'restore',
    'restore a --force',
    'upgrade',
    'upgrade --check word',
    'demo word',
    'demo --messages 0',
    'demo --messages many',
    'demo --until yesterday',
    'export',
    'export a b',
    'export a --with-passwords',
    'import',
    'import a b',
    'import a --from teams',
    'import a --from slack --verify',
    'import a --new-people',
    'jobs',
    'jobs nope',
    'jobs list x',
    'jobs drop',
    'jobs drop all --waiting',
    'bench word',
    'bench --rate 0',
    'bench capacity --runs x',
    'bench soak --spans 3',
    'bench nodes --seconds 1',
  ])('kith %s', async (line) => {
    expect(await say(...line.split(' '))).toMatchObject({ code: 2, out: '', err: expect.stringMatching(/^kith/) });
  });
});
