// The document site as it is built and served: every page in a real browser under the server's own policy, on a phone and on a desk
// and in both themes, without a complaint; no link that leads nowhere; the search finds.
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, LAUNCH } from './chromium.js';
import { ServerProcess } from './server-process.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SITE = join(ROOT, 'dist', 'docs');

let server: ServerProcess;
let pages: readonly string[];

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['scripts/docs/build.mjs'], { cwd: ROOT });
  pages = (await readdir(SITE, { recursive: true })).filter((name) => name.endsWith('.html'));
  server = await ServerProcess.open();
});
afterAll(() => server?.remove());

const htmlOf = (page: string) => readFile(join(SITE, page), 'utf8');

it('has nothing inline, on no page', async () => {
  expect(pages.length).toBeGreaterThan(35);
  for (const page of pages) {
    const html = await htmlOf(page);
    expect([page, html.match(/<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:/gi)]).toEqual([page, null]);
  }
});

it('leads nowhere in vain: files and headings that links name are there', async () => {
  const idsOf = new Map<string, ReadonlySet<string>>();
  for (const page of pages) {
    idsOf.set(page, new Set([...(await htmlOf(page)).matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id ?? '')));
  }
  const there = new Set(await readdir(SITE, { recursive: true }));
  for (const page of pages) {
    const links = [...(await htmlOf(page)).matchAll(/(?:href|src)="([^"]+)"/g)].map(([, href]) => href ?? '');
    const broken = links.filter((href) => {
      if (/^(?:https?:|mailto:)/.test(href)) return false;
      const [path = '', hash] = href.split('#');
      const target = path === '' ? page : normalize(join(dirname(page), decodeURI(path)));
      return !there.has(target) || (hash !== undefined && idsOf.get(target)?.has(decodeURIComponent(hash)) !== true);
    });
    expect([page, broken]).toEqual([page, []]);
  }
});

describe.runIf(hasChromium)('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch(LAUNCH);
  });
  afterAll(() => browser?.close());

  it.each([
    ['light', 360],
    ['dark', 360],
    ['light', 768],
    ['dark', 1_440],
  ] as const)(
    'every page is shown without a complaint and no wider than the screen: %s, %i px',
    async (theme, width) => {
      const context = await browser.newContext({ colorScheme: theme, viewport: { width, height: 800 } });
      const page = await context.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(`${page.url()}: ${message.text()}`);
      });
      page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
      for (const name of pages) {
        const answer = await page.goto(`${server.url}/docs/${name}`);
        expect([name, answer?.status()]).toEqual([name, 200]);
        expect([name, await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)]).toEqual([name, 0]);
      }
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it.each(['light', 'dark'] as const)('has no finding of axe: %s', async (theme) => {
    const context = await browser.newContext({ colorScheme: theme, viewport: { width: 1_440, height: 900 } });
    const page = await context.newPage();
    for (const name of ['index.html', 'configuration.html', 'tutorial.html']) {
      await page.goto(`${server.url}/docs/${name}`);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect([name, violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html}`)]).toEqual([name, []]);
    }
    await context.close();
  });

  it('finds a setting, an operation and a passage by the keyboard, and chooses a theme that lasts', async () => {
    const page = await browser.newPage({ viewport: { width: 1_024, height: 800 } });
    await page.goto(`${server.url}/docs`);
    expect(page.url()).toBe(`${server.url}/docs/`);
    await find(page, 'edit window minutes', /configuration\.html/);
    await find(page, 'message.schedule', /api\.html#|protocol\/v1\.html/);
    await find(page, 'renewed certificates', /operate\.html|security\.html/);
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.reload();
    expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe('dark');
    await page.close();
  });
});

/** Goes to the first that is found. */
async function find(page: Page, query: string, place: RegExp): Promise<void> {
  await page.keyboard.press('/');
  await page.locator('#search').fill(query);
  await page.locator('#found a').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForURL(place);
}
