// `npm run bench:web`: what the page costs in a real browser, against a server of its own that `kith demo` has filled. A table on
// the terminal says of each figure whether it is what was promised; everything is in a JSON beside it. Times are of the machine
// and of what else runs on it, which the result names.
import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { SIGN_IN, startDemo } from './demo-server.js';
import {
  firstVisit,
  laterVisit,
  type OpeningTime,
  openings,
  type Scroll,
  type Start,
  scrollThrough,
  settledPage,
} from './measures.js';
import { type Gate, gatesOf, tableOf } from './web-report.js';

const USAGE = `npm run bench:web -- [options]
  --messages 50000   that the demonstration has, in all of its conversations
  --scroll 10000     messages to scroll through
  --rounds 5         of each start of the page
  --url URL          a demonstration that runs already, with the password "${SIGN_IN.password}", instead of one of its own
  --out .tmp/bench-web.json`;
const PREREQUISITES = new URL('../../../../scripts/prerequisites.mjs', import.meta.url).href;
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];

export type WebResult = {
  readonly machine: {
    readonly cores: number;
    readonly cpu: string;
    readonly memoryGiB: number;
    readonly kernel: string;
  };
  /** Of the minute before, at the start and at the end: above the cores, other work made everything slower. */
  readonly load: readonly [start: number, end: number];
  readonly browser: string;
  readonly first: readonly Start[];
  readonly later: readonly Start[];
  readonly openings: { readonly fullCpu: readonly OpeningTime[]; readonly quarterCpu: readonly OpeningTime[] };
  readonly scroll: Scroll;
};

/** @returns the exit status: 2 where a gate is not met */
export async function runWebBench(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      messages: { type: 'string', default: '50000' },
      scroll: { type: 'string', default: '10000' },
      rounds: { type: 'string', default: '5' },
      url: { type: 'string' },
      out: { type: 'string', default: '.tmp/bench-web.json' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(`${USAGE}\n`);
    return 0;
  }
  const { findChromium } = (await import(PREREQUISITES)) as { findChromium(): string | null };
  const executable = findChromium();
  if (executable === null) throw new Error('there is no Chromium here: the page is not measured');
  say(values.url ? 'a demonstration that runs already' : `a demonstration with ${values.messages} messages is made`);
  const server = values.url
    ? { url: values.url, stop: async () => {} }
    : await startDemo(Number(values.messages), join(process.cwd(), '.tmp'));
  try {
    const result = await measure(server.url, { ...values, executable });
    const gates = gatesOf(result);
    process.stdout.write(tableOf(gates, result));
    await mkdir(dirname(values.out), { recursive: true });
    await writeFile(values.out, `${JSON.stringify({ ...result, gates }, null, 2)}\n`);
    return gates.every(isMet) ? 0 : 2;
  } finally {
    await server.stop();
  }
}

type Wish = { readonly executable: string; readonly rounds: string; readonly scroll: string };

async function measure(url: string, { executable, rounds, scroll }: Wish): Promise<WebResult> {
  const [loadBefore = 0] = loadavg();
  const browser = await chromium.launch({ executablePath: executable, args: ARGS });
  try {
    const [first, later]: [Start[], Start[]] = [[], []];
    for (let round = 0; round < Number(rounds); round += 1) {
      say(`first visit ${round + 1}`);
      first.push(await firstVisit(browser, url));
    }
    say('every conversation is opened once');
    const { context, page } = await settledPage(browser, url);
    say('conversations that are held are opened');
    const fullCpu = [...(await openings(page, 1)), ...(await openings(page, 1)), ...(await openings(page, 1))];
    const quarterCpu = await openings(page, 4);
    say(`${scroll} messages are scrolled through`);
    const scrolled = await scrollThrough(page, await longestOf(url), Number(scroll));
    await page.close();
    for (let round = 0; round < Number(rounds); round += 1) {
      say(`later visit ${round + 1}`);
      later.push(await laterVisit(context, url));
    }
    const [{ model = 'unknown' } = {}] = cpus();
    return {
      machine: { cores: cpus().length, cpu: model, memoryGiB: Math.round(totalmem() / 2 ** 30), kernel: release() },
      load: [loadBefore, loadavg()[0] ?? 0],
      browser: browser.version(),
      ...{ first, later, openings: { fullCpu, quarterCpu }, scroll: scrolled },
    };
  } finally {
    await browser.close();
  }
}

/** The name of the conversation with the longest log. */
async function longestOf(url: string): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  const signIn = { method: 'POST', headers, body: JSON.stringify(SIGN_IN) };
  const { accessToken } = (await (await fetch(`${url}/v1/sessions`, signIn)).json()) as {
    readonly accessToken: string;
  };
  const as = { headers: { authorization: `Bearer ${accessToken}` } };
  const { items } = (await (await fetch(`${url}/v1/conversations`, as)).json()) as {
    readonly items: readonly { readonly name: string | null; readonly head: number }[];
  };
  const longest = items.filter(({ name }) => name !== null).toSorted((one, other) => other.head - one.head)[0];
  return longest?.name ?? '';
}

const isMet = ({ isMet: met }: Gate) => met;

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
