/** The system's Chromium, and what the tests start it with; where there is none, browser tests are skipped with one line. */
import { findChromium } from '../scripts/prerequisites.mjs';

const PATH = findChromium();
/** A name that is this machine, and no secure origin as `localhost` is: what plain http is like elsewhere. */
export const PLAIN_HOST = 'chat.test';

export const hasChromium = PATH !== null;

export const LAUNCH = {
  executablePath: PATH ?? '',
  args: [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    `--host-resolver-rules=MAP ${PLAIN_HOST} 127.0.0.1`,
  ],
};
