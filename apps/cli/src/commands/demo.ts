// `kith demo`: fills an empty database with people who talk, so that there is something to look at, and serves it if asked to.

import { makeId, type WorkspaceId } from '@kith/protocol';
import { Operator } from '@kith/server/core/accounts/operator';
import { Argon2Hasher } from '@kith/server/edge/password-hasher';
import { SystemRandom } from '@kith/server/edge/system-clock';
import { PostgresAudit } from '@kith/server/store/postgres/audit';
import { PostgresOperatorStore } from '@kith/server/store/postgres/operator';
import { operatorRecord } from '../audit.js';
import { type Command, DONE, parseLine, Refusal, type Terminal, UsageError } from '../command.js';
import { CAST } from '../demo/cast.js';
import { Dice } from '../demo/dice.js';
import { type Told, tellStory } from '../demo/story.js';
import { type InProcess, SetClock, withCore } from '../in-process.js';
import { readSettings } from '../settings.js';
import { progressOn } from './backup.js';

const USAGE = `kith demo: fills an empty database with people who talk

  kith demo [--messages 50000] [--seed TEXT] [--until TIME] [--password-stdin] [--serve] [--json]

24 people, 20 conversations of every kind and so many messages over eight weeks: threads, replies, reactions, edits,
deletions, polls, pins, mentions, right-to-left text, emoji, code, very long words, folders, and some of it unread. It all
goes through the server's own core. Then it says how to sign in. 50,000 messages take about a minute or two.
  --messages        1 to 1,000,000
  --seed            the same seed, size and --until give the same logs
  --until           when the last message was sent, such as 2026-01-31T12:00:00Z; now, if left out
  --password-stdin  the password of everyone is the first line of standard input; without it one is drawn and printed
  --serve           starts the server then, as kith serve does
  --json            the result as a line of JSON

The database is that of DATABASE_URL, or the embedded one in DATA_DIR, which is made if it is not there. One with people in
it is refused, and so is one that a server uses.

Exit status: 0 done, 1 refused or failed, 2 wrong usage.`;

const OPTIONS = {
  messages: { type: 'string' },
  seed: { type: 'string' },
  until: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  serve: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const MOST_MESSAGES = 1_000_000;

type Wish = {
  readonly messages: number;
  readonly seed: string;
  readonly until: number;
  readonly given: string | null;
  readonly isJson: boolean;
};

export const demo: Command = {
  usage: USAGE,
  async run(args, terminal) {
    const { values } = parseLine(args, OPTIONS);
    const wish = {
      messages: parseMessages(values.messages ?? '50000'),
      seed: values.seed ?? 'kith',
      until: values.until === undefined ? Date.now() : parseTime(values.until),
      given: values['password-stdin'] === true ? await firstLine(terminal) : null,
      isJson: values.json === true,
    };
    const { told, password, seconds } = await fill(wish, terminal);
    const [first] = CAST;
    const username = first?.username ?? '';
    if (wish.isJson) {
      const drawn = wish.given === null ? { password } : {};
      terminal.out(JSON.stringify({ ...told, seed: wish.seed, seconds, username, ...drawn }));
    } else {
      const { people, conversations, messages, changes } = told;
      terminal.out(
        `${people} people, ${conversations} conversations, ${messages} messages and ${changes} changes of them, in ${seconds} s.`,
      );
      const shown = wish.given === null ? `${password}, shown this once` : 'the one that was given';
      terminal.out(
        `Sign in as ${username}, or as any of: ${CAST.slice(1)
          .map((one) => one.username)
          .join(', ')}.`,
      );
      terminal.out(`The password of all of them: ${shown}.`);
      if (values.serve !== true) terminal.out('Start the server with kith serve, or npm start.');
    }
    if (values.serve === true) await import('@kith/server/main');
    return DONE;
  },
};

async function fill(wish: Wish, terminal: Terminal) {
  const config = readSettings();
  const clock = new SetClock(Date.now());
  const dice = new Dice(wish.seed);
  const progress = progressOn(terminal, wish.isJson);
  const beganMs = performance.now();
  try {
    return await withCore({ config, clock, random: dice }, async (core) => {
      const { operator, workspace, drawn } = await openWorkspace(core, { clock, dice });
      const { people, bots } = await operator.counts();
      if (people + bots > 0) {
        throw new Refusal(
          `there are ${people + bots} people in this database: set DATA_DIR to a directory that is not there yet, or DATABASE_URL to an empty database`,
        );
      }
      const password = wish.given ?? drawn;
      progress.begin('telling', 'messages');
      const told: Told = await tellStory({
        ...{ chat: core.chat, operator, workspace, clock, dice, password },
        ...{ messages: wish.messages, until: wish.until, signal: terminal.signal },
        onProgress: (done, total) => progress.at(done, total),
      });
      const seconds = Math.round((performance.now() - beganMs) / 100) / 10;
      return { told, password, seconds };
    });
  } finally {
    progress.end();
  }
}

/** Ids of people are made of the seed; their passwords are not. */
async function openWorkspace(
  { database, directory }: InProcess,
  parts: { readonly clock: SetClock; readonly dice: Dice },
) {
  const { clock, dice } = parts;
  const at = clock.now();
  const id = makeId<WorkspaceId>(at, new SystemRandom().bytes(10));
  const workspace = await directory.openWorkspace({ id, name: 'default', at });
  const store = new PostgresOperatorStore(database);
  const recorded = { audit: new PostgresAudit(database), recordOf: operatorRecord };
  const ports = { directory, store, hasher: hashingOnce(new Argon2Hasher({ cores: 1 })), clock, ...recorded };
  const operator = new Operator({ ...ports, random: dice }, workspace);
  const drawn = new Operator({ ...ports, random: new SystemRandom() }, workspace).newPassword();
  return { operator, workspace, drawn };
}

/** All have one password, so it takes its time once. */
function hashingOnce(hasher: Argon2Hasher): Pick<Argon2Hasher, 'hash'> {
  const hashes = new Map<string, Promise<string>>();
  return {
    hash(password) {
      const hash = hashes.get(password) ?? hasher.hash(password);
      hashes.set(password, hash);
      return hash;
    },
  };
}

function parseMessages(text: string): number {
  const count = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_MESSAGES) return count;
  throw new UsageError(`--messages takes a number from 1 to ${MOST_MESSAGES}`);
}

function parseTime(text: string): number {
  const at = Date.parse(text);
  if (Number.isFinite(at) && at > 0 && at <= Date.now()) return at;
  throw new UsageError('--until takes a time that is past, such as 2026-01-31T12:00:00Z');
}

async function firstLine(terminal: Terminal): Promise<string> {
  const [first = ''] = (await terminal.readInput()).split('\n', 1);
  return first.replace(/\r$/, '');
}
