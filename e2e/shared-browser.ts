/** One Chromium for all browser tests: the runner starts it before the first of them and ends it after the last. */
import { chromium } from 'playwright-core';
import type { TestProject } from 'vitest/node';
import { hasChromium, LAUNCH } from './chromium.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where it takes connections; null where this machine has none. */
    readonly chromium: string | null;
  }
}

/** Playwright gives it a user-data directory of its own, which goes with it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!hasChromium) {
    project.provide('chromium', null);
    return () => Promise.resolve();
  }
  const server = await chromium.launchServer({ ...LAUNCH, host: '127.0.0.1' });
  project.provide('chromium', server.wsEndpoint());
  return () => server.close();
}
