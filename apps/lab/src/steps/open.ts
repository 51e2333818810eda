// Opening a long conversation from IndexedDB in the system's Chromium: 100,000 messages, without a network. Where there is no
// Chromium nothing is measured, and the step says so.
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Lab } from '../lab.js';
import { median } from '../measure/samples.js';
import type { OpenTimes } from '../page/open-times.js';
import { format } from '../report.js';
import type { BrowserRequest, BrowserResult } from '../sdk/open-process.js';
import { inChild } from '../sdk/sdk-child.js';

const MESSAGES = 100_000;
const PREREQUISITES = new URL('../../../../scripts/prerequisites.mjs', import.meta.url);
const OPENINGS = ['end', 'unread', 'seq'] as const;

export async function runOpenSteps({ progress, options, results, pinning }: Lab): Promise<void> {
  const { findChromium } = (await import(fileURLToPath(PREREQUISITES))) as { findChromium(): string | null };
  const executable = findChromium();
  if (executable === null) {
    progress.line('open: NOT MEASURED, there is no Chromium on this machine (CHROMIUM_PATH names one)');
    return;
  }
  const request: BrowserRequest = {
    executable,
    directory: resolve('.tmp'),
    messages: MESSAGES,
    rounds: options.rounds,
  };
  const found = await progress.step(
    `open: ${format(MESSAGES)} messages in Chromium, ${options.rounds} rounds`,
    () => inChild<BrowserResult>({ role: 'sdk-open', request, pinning }),
    say,
  );
  for (const opening of OPENINGS) results.figure(`sdk-open-${opening}`, ofRounds(found, opening, 'paintedMs'));
  results.figure('sdk-page-up', ofRounds(found, 'end', 'pageUpMs'));
  results.details.open = { messages: MESSAGES, ...found };
}

/** The median of each round. */
function ofRounds({ times }: BrowserResult, opening: string, of: keyof OpenTimes): readonly number[] {
  return (times[opening] ?? []).map((round) => median(round.map((one) => one[of])));
}

function say(found: BrowserResult): string {
  const each = OPENINGS.map((opening) => {
    const [laidOut, painted] = (['laidOutMs', 'paintedMs'] as const).map((of) => median(ofRounds(found, opening, of)));
    return `${opening} ${format(laidOut ?? Number.NaN)} ms laid out, ${format(painted ?? Number.NaN)} ms painted`;
  });
  return `${each.join(' · ')} · page up ${format(median(ofRounds(found, 'end', 'pageUpMs')))} ms`;
}
