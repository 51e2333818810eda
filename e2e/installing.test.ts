/** The page as an app of the device: that it can be installed, and how one that is open takes a newer build. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const BUILT = fileURLToPath(new URL('../apps/web/dist', import.meta.url));
/** A browser context of a test keeps nothing, for which Chromium installs nothing. */
const OF_THE_TEST = 'in-incognito';
const NEWER = 'a-newer-build';

describe.skipIf(!hasChromium)('the page as an app', () => {
  let web: string;
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;

  beforeAll(async () => {
    web = await mkdtemp(join(tmpdir(), 'kith-web-'));
    await cp(BUILT, web, { recursive: true });
    server = await ServerProcess.open({ WEB_DIR: web });
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
    await rm(web, { recursive: true, force: true });
  });

  it('can be installed', async () => {
    const session = await ann.page.context().newCDPSession(ann.page);
    const manifest = await session.send('Page.getAppManifest');
    expect(manifest.errors).toEqual([]);
    expect(JSON.parse(manifest.data ?? '{}')).toMatchObject({ name: 'Kith', display: 'standalone', start_url: '/' });
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.filter(({ errorId }) => errorId !== OF_THE_TEST)).toEqual([]);
    await session.detach();
  });

  it('says that a newer build is there, and loads it when asked to, with who is signed in', async () => {
    await ann.page.evaluate('navigator.serviceWorker.ready.then(() => null)');
    await ann.page.reload();
    await ann.button('New conversation').waitFor();
    const keptBuilds = () => ann.page.evaluate('caches.keys()') as Promise<readonly string[]>;
    const before = await keptBuilds();
    const worker = join(web, 'sw.js');
    const text = await readFile(worker, 'utf8');
    const newer = text.replace(/"name":"[^"]+"/, `"name":"${NEWER}"`);
    expect(newer).not.toBe(text);
    await writeFile(worker, newer);
    await rm(`${worker}.br`);
    await server.kill();
    await server.start();
    await ann.page.evaluate('navigator.serviceWorker.getRegistration().then((one) => one.update()).then(() => null)');
    await ann.page.getByText('A new version of this page is there.').waitFor();
    // Until then what is read and written goes on with the build that is open.
    expect(await keptBuilds()).toEqual(expect.arrayContaining([...before]));
    await Promise.all([ann.page.waitForEvent('load'), ann.button('Load it').click()]);
    await ann.button('New conversation').waitFor();
    expect(await keptBuilds()).toEqual([`kith-${NEWER}`]);
    expect(await ann.page.getByText('A new version of this page is there.').count()).toBe(0);
  });
});
