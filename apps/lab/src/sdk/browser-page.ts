// The system's Chromium with the bench's page in it: bundled once, served from loopback, in a profile that outlives the
// browser, so that what was kept is read by a browser that has just started.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';
import { rolldown } from 'rolldown';

const MAIN = fileURLToPath(new URL('../page/page/main.js', import.meta.url));
const HTML =
  '<!doctype html><meta charset="utf-8"><title>lab</title><body><script type="module" src="/main.js"></script>';
const ARGS = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking'];

export type PageServer = { readonly url: string; stop(): Promise<void> };

/** Serves the page. */
export async function servePage(): Promise<PageServer> {
  const bundle = await rolldown({ input: MAIN, treeshake: { manualPureFunctions: ['Type'] } });
  const { output } = await bundle.generate({ format: 'es', minify: true, codeSplitting: false });
  await bundle.close();
  const { code } = output[0];
  const server = createServer((request, response) => {
    const isScript = request.url === '/main.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? code : HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export type Profile = { readonly executable: string; readonly directory: string };

/** Runs something in a browser of its own; `fresh` gives a new page in it. */
export async function inBrowser<T>(
  { executable, directory }: Profile,
  url: string,
  run: (fresh: () => Promise<Page>) => Promise<T>,
): Promise<T> {
  const context = await chromium.launchPersistentContext(directory, { executablePath: executable, args: ARGS });
  context.setDefaultTimeout(0);
  try {
    return await run(async () => {
      const page = await context.newPage();
      await page.goto(url);
      await page.waitForFunction('window.lab !== undefined');
      return page;
    });
  } finally {
    await context.close();
  }
}
