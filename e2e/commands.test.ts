/** Slash commands at the page: completed while they are typed, asked of a bot that is a program, answered to who asked alone. */
import { randomUUID } from 'node:crypto';
import { AxeBuilder } from '@axe-core/playwright';
import type { Invocation } from '@kith/protocol';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';
import { type Ask, addSlashBot, askAt } from './slash-bot.js';

describe.skipIf(!hasChromium)('slash commands at the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;
  let program: string;
  let ask: Ask;

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '20' });
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ann.begin(['ben'], 'Releases');
    await ben.open('Releases');
    // Who signed up first owns the workspace.
    ask = askAt(server.url);
    program = await addSlashBot(ask, 'ann');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[SC2] [SC3] [SC7] are completed, asked of the bot, and answered to who asked alone', async () => {
    const input = ann.page.getByRole('textbox', { name: 'Message' });
    await input.pressSequentially('/de');
    const offer = ann.page.getByRole('option', { name: '/deploy [version]' });
    await offer.waitFor();
    expect(await offer.textContent()).toContain('Brings a version to the servers');
    await input.press('Enter');
    expect(await input.inputValue()).toBe('/deploy ');
    await input.pressSequentially('1.2.3');
    await input.press('Enter');
    const [asked] = await eventually(
      'the bot is asked',
      async () => (await ask<{ items: Invocation[] }>(program, 'GET /invocations')).items,
      (items) => items.length > 0,
    );
    expect(asked).toMatchObject({ command: 'deploy', text: '1.2.3' });
    expect(await input.inputValue()).toBe('');
    await ask(program, `POST /invocations/${asked?.id}/answers`, {
      key: randomUUID(),
      text: '**1.2.3** is on its way',
    });
    const answers = ann.page.getByRole('list', { name: 'Answers to you' });
    await answers.getByText('only you see this').waitFor();
    expect(await answers.locator('strong').textContent()).toBe('1.2.3');
    const { violations } = await new AxeBuilder({ page: ann.page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    // Neither the command nor its answer is a message.
    await ann.write('Shipping');
    await ben.message('Shipping').waitFor();
    expect(await ben.page.getByText('1.2.3').count()).toBe(0);
    await answers.getByRole('button', { name: 'Take this answer away' }).click();
    await answers.waitFor({ state: 'detached' });
  });

  it('are messages where no bot has a command of that name', async () => {
    await ann.write('/etc/hosts is a file');
    await ben.message('/etc/hosts is a file').waitFor();
  });
});
