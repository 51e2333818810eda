/** The page over plain http at the address of a machine in a private network, as an office has it before it has a name. */
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium } from './browser.js';
import { LAUNCH } from './chromium.js';
import { hasNetworkSpaces, NetworkSpace } from './network-space.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const ADDRESS = '10.61.0.1';
const START_MS = 120_000;

describe.skipIf(!hasChromium || !hasNetworkSpaces)('at a private address', () => {
  let directory: string;
  let space: NetworkSpace;
  let server: ServerProcess;
  let browser: Browser;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kith-space-'));
    space = await NetworkSpace.open(ADDRESS);
    server = await ServerProcess.openIn(space);
    const inside = join(directory, 'chromium');
    await writeFile(inside, `#!/bin/sh\nexec ${space.enter.join(' ')} '${LAUNCH.executablePath}' "$@"\n`);
    await chmod(inside, 0o755);
    browser = await chromium.launch({ ...LAUNCH, executablePath: inside });
  }, START_MS);

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
    await space?.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('people talk, write while the server is away, and are served again', async () => {
    const of = (username: string, name: string) => ({ username, name, url: server.url });
    const ben = await Person.signUp(browser, { ...of('ben', 'Ben Nevis'), setUpCode: server.setUpCode });
    const ann = await Person.signUp(browser, of('ann', 'Ann Arbor'));
    expect(await ann.page.evaluate('[isSecureContext, location.hostname]')).toEqual([false, ADDRESS]);
    await ann.begin(['ben']);
    await ann.write('one');
    await ben.open('Ann Arbor');
    await ben.message('one').waitFor();
    await server.kill();
    await ann.write('two');
    await server.start();
    await ben.message('two').waitFor();
    await ben.page.reload();
    await ben.message('two').waitFor();
    expect(await ben.texts()).toEqual(['one', 'two']);
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });
});
