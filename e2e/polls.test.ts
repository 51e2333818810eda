/** Polls at the page: asked, voted in by two at once, changed, taken back, closed; who chose what is told, or is not. */
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

describe.skipIf(!hasChromium)('polls at the page', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ann.begin(['ben'], 'Walks');
    await ben.open('Walks');
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  const option = (person: Person, name: string): Locator =>
    person.page.getByRole('log').getByRole('button', { name, exact: true });

  type Wish = { readonly question: string; readonly choices: readonly string[]; readonly boxes?: readonly string[] };

  async function askPoll(person: Person, { question, choices, boxes = [] }: Wish): Promise<void> {
    await person.button('Ask in a poll').click();
    const dialog = person.page.getByRole('dialog');
    await dialog.getByLabel('Question').fill(question);
    for (const [place, text] of choices.entries())
      await dialog.getByLabel(`Option ${place + 1}`, { exact: true }).fill(text);
    for (const box of boxes) await dialog.getByLabel(box).check();
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  it('[PO1] [PO2] [PO3] are asked, voted in, and say to all what stands; one changes their vote and takes it back', async () => {
    await askPoll(ann, { question: 'Where to on Sunday?', choices: ['The mill', 'The lake', 'The hills'] });
    await Promise.all([option(ann, 'The mill, 0 votes').click(), option(ben, 'The lake, 0 votes').click()]);
    for (const person of [ann, ben]) {
      await option(person, 'The mill, 1 vote').waitFor();
      await option(person, 'The lake, 1 vote').waitFor();
      await person.page.getByText('2 people have voted').waitFor();
    }
    expect(await option(ben, 'The lake, 1 vote').getAttribute('aria-pressed')).toBe('true');
    await option(ben, 'The mill, 1 vote').click();
    for (const person of [ann, ben]) await option(person, 'The mill, 2 votes').waitFor();
    await option(ben, 'The lake, 0 votes').waitFor();
    await option(ben, 'The mill, 2 votes').click();
    await option(ann, 'The mill, 1 vote').waitFor();
    await ben.page.reload();
    await option(ben, 'The mill, 1 vote').waitFor();
    expect(await option(ben, 'The mill, 1 vote').getAttribute('aria-pressed')).toBe('false');
    await option(ben, 'The hills, 0 votes').click();
    await option(ann, 'The hills, 1 vote').waitFor();
  });

  it('[PO9] tell who chose what, where they are open', async () => {
    await ann.button('Who chose what').click();
    const dialog = ann.page.getByRole('dialog');
    await dialog.getByText('Ben Nevis').waitFor();
    expect(await dialog.getByRole('listitem').allTextContents()).toEqual(['AAnn Arbor', 'BBen Nevis']);
    await inspect('poll-voters');
    await dialog.getByRole('button', { name: 'Close', exact: true }).click();
  });

  it('[PO6] are closed by who asked, and then take no vote', async () => {
    expect(await ben.button('Close the poll').count()).toBe(0);
    await ann.button('Close the poll').click();
    await ann.page.getByRole('dialog').getByRole('button', { name: 'Close the poll' }).click();
    for (const person of [ann, ben]) {
      await person.page.getByText('closed', { exact: false }).first().waitFor();
      await expect.poll(() => option(person, 'The lake, 0 votes').isDisabled(), { timeout: 10_000 }).toBe(true);
    }
    await inspect('poll-closed');
  });

  it('[PO5] keep who chose what to themselves, where they are anonymous, with several answers', async () => {
    await askPoll(ben, {
      question: 'What to bring?',
      choices: ['Bread', 'Cheese'],
      boxes: ['Several answers are allowed', 'Nobody sees who chose what'],
    });
    await option(ann, 'Bread, 0 votes').click();
    await option(ann, 'Bread, 1 vote').waitFor();
    await option(ann, 'Cheese, 0 votes').click();
    await option(ben, 'Cheese, 1 vote').waitFor();
    expect(await option(ann, 'Bread, 1 vote').getAttribute('aria-pressed')).toBe('true');
    expect(await option(ben, 'Bread, 1 vote').getAttribute('aria-pressed')).toBe('false');
    // That of the open poll alone.
    expect(await ben.button('Who chose what').count()).toBe(1);
    await inspect('polls');
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });

  /** No serious finding of axe in either theme, and pictures where they are wanted. */
  async function inspect(name: string): Promise<void> {
    for (const colorScheme of ['light', 'dark'] as const) {
      await ann.page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page: ann.page }).analyze();
      expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
      const directory = process.env.SCREENSHOTS;
      if (directory !== undefined) await ann.page.screenshot({ path: join(directory, `${name}-${colorScheme}.png`) });
    }
  }
});
