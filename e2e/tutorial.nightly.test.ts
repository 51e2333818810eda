/** docs/tutorial.md, block by block, as a developer follows it: with the packages as they would be published. */

import { freePort } from '@kith/testkit/free-port';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser, openPage } from './browser.js';
import { ServerProcess } from './server-process.js';
import { readTutorial, TutorialProject } from './tutorial-project.js';

const PASSWORD = 'seven tall herons 41';

describe('the tutorial', () => {
  let project: TutorialProject;
  let server: ServerProcess;
  let browser: Browser | null = null;

  beforeAll(async () => {
    project = await TutorialProject.open(await freePort());
    server = await ServerProcess.open(project.environment);
    await project.setUp();
    await project.writeFiles(server.url);
  });

  afterAll(async () => {
    await browser?.close();
    await project?.remove();
    await server?.remove();
  });

  it('has no block that is not run or compiled, but the start of the server', async () => {
    const unmarked = (await readTutorial()).filter(({ mark }) => mark === '').map(({ text }) => text);
    expect(unmarked).toEqual([expect.stringMatching(/^ALLOWED_ORIGINS=\S+ npm start\n$/)]);
  });

  it('[S208] has blocks that compile against the packages as they are published', async () => {
    await project.compile();
  });

  it('[S208] has a program for Node that prints what the page says', async () => {
    expect(await project.run()).toBe(project.output);
  });

  it.skipIf(!hasChromium)(
    '[S208] has a page on which two people talk, with a connection, without one, and through a reload',
    async () => {
      await project.serve();
      browser = await openBrowser();
      const [ann, ben] = [await signIn(browser, 'ann'), await signIn(browser, 'ben')];
      await ann.getByRole('button', { name: 'Ben' }).click();
      await ann.getByText('Ann: Hello Ben').waitFor();
      await ben.getByRole('button', { name: 'Ann (0)' }).click();
      await ben.getByPlaceholder('Message').pressSequentially('Hello yourself');
      await ann.getByText('Ben is typing').waitFor();
      await ben.getByRole('button', { name: 'Send' }).click();
      await ann.getByText('Ben: Hello yourself').waitFor();

      await server.kill();
      await ann.getByText('Not connected').waitFor();
      await ann.getByPlaceholder('Message').fill('from nowhere');
      await ann.getByRole('button', { name: 'Send' }).click();
      await ann.getByText('from nowhere (pending)').waitFor();
      await ann.reload();
      await ann.getByRole('button', { name: 'Ben' }).click();
      await ann.getByText('from nowhere (pending)').waitFor();
      await server.start();
      await ben.getByText('Ann: from nowhere').waitFor();
      await ann.getByText('Ann: from nowhere').waitFor();
      expect(await ben.getByText('from nowhere').count()).toBe(1);
      expect(await ann.getByText('pending').count()).toBe(0);
    },
  );

  async function signIn(opened: Browser, username: string): Promise<Page> {
    const { page } = await openPage(opened, { url: project.pageUrl });
    await page.getByPlaceholder('Username').fill(username);
    await page.getByPlaceholder('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    return page;
  }
});
