/** Replies and what they quote, however far back it stands. With `SCREENSHOTS=<directory>` it leaves pictures there. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const REPLY = 'Reply to this message';
const BETWEEN = 90;

const SOON_MS = 1_000;

describe.skipIf(!hasChromium)('a reply', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '20' });
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url });
    await ann.begin(['ben']);
    await ann.write('Where shall we meet?');
    await ben.open('Ann Arbor');
    await say(
      server.url,
      'ben',
      Array.from({ length: BETWEEN }, (_, index) => `step ${index} of the way`),
    );
    for (const person of [ann, ben]) await person.message(`step ${BETWEEN - 1} of the way`).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[S128] shows what it quotes to both, before and after the page was loaded anew', async () => {
    await ben.readToTheBeginning();
    await ben.message('Where shall we meet?').hover();
    await ben.message('Where shall we meet?').getByRole('button', { name: REPLY }).click();
    await ben.page.getByText('Reply to \u2068Ann Arbor\u2069: Where shall we meet?').waitFor();
    await ben.write('At the station');
    for (const person of [ann, ben]) await seesQuote(person, 'At the station', 'Where shall we meet?');
    expect(await ben.page.getByText('Reply to \u2068Ann Arbor\u2069: Where shall we meet?').isVisible()).toBe(false);
    await ben.page.reload();
    await ben.open('Ann Arbor');
    await seesQuote(ben, 'At the station', 'Where shall we meet?');
    expect(await ben.textsInPage()).not.toContain('Where shall we meet?');
  });

  it('[S128] goes to the quoted message outside the loaded window, and back to the reply', async () => {
    await ben
      .message('At the station')
      .getByRole('button', { name: /Where shall we meet/ })
      .click();
    const said = ben.page.locator('.text').getByText('Where shall we meet?', { exact: true });
    const original = ben.page.locator('.message').filter({ has: said });
    await seenOn('the original is on the screen', () => isOnScreen(ben, original));
    await picture(ben.page, 'quoted');
    await ben.button('Back to the reply').click();
    await seenOn('the reply is on the screen', () => isOnScreen(ben, ben.message('At the station')));
    expect(await ben.button('Back to the reply').count()).toBe(0);
  });

  it('is left for the first day of the log, and for its end', async () => {
    await ben.page.locator('.message').last().hover();
    await ben.page.mouse.wheel(0, -400);
    await ben.button('Today').last().click();
    await ben.page.getByRole('dialog', { name: 'Go to a date' }).waitFor();
    await ben.button('To the beginning').click();
    const said = ben.page.locator('.text').getByText('Where shall we meet?', { exact: true });
    await seenOn('the first is on the screen', () =>
      isOnScreen(ben, ben.page.locator('.message').filter({ has: said })),
    );
    await ben.button('To the newest message').click();
    await seenOn('the last is on the screen', () => isOnScreen(ben, ben.message('At the station')));
  });

  it('is begun by a finger that draws a message, and not by one that moves the log', async () => {
    const { page } = ann;
    const last = page.locator('.message').last();
    const box = await last.locator('.bubble').boundingBox();
    const [x, y] = [(box?.x ?? 0) + 20, (box?.y ?? 0) + 10];
    const touch = await page.context().newCDPSession(page);
    const draw = async (dx: number, dy: number) => {
      const at = (part: number) => [{ x: x + dx * part, y: y + dy * part }];
      await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: at(0) });
      for (const part of [0.3, 0.6, 1])
        await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: at(part) });
      await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    };
    await draw(30, 0);
    await draw(0, -80);
    expect(await ann.button('Do not reply to it').count()).toBe(0);
    await draw(90, 0);
    await ann.button('Do not reply to it').click();
  });

  it('is not needed to take messages elsewhere: chosen ones are copied with names and times, in order', async () => {
    const { page } = ann;
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await ann.choose(page.locator('.message').last(), 'Select messages');
    await ann
      .message(`step ${BETWEEN - 1} of the way`)
      .getByRole('checkbox')
      .check();
    await page.getByRole('heading', { name: '2 messages selected' }).waitFor();
    await ann.button('Copy').click();
    await page.getByRole('heading', { name: 'Ben Nevis', level: 2 }).waitFor();
    const copied = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(copied).toMatch(/^\[[^\]]+\] Ben Nevis: step 89 of the way\n\[[^\]]+\] Ben Nevis: At the station$/);
  });

  it('[S128] [J10] follows an edit and the deletion of what it quotes', async () => {
    const question = ann.page.locator('.message.own').first();
    await ann.readToTheBeginning();
    await ann.edit(question, 'When shall we meet?');
    await seesQuote(ben, 'At the station', 'When shall we meet?');
    await look(ben.page, 'reply');
    await ann.readToTheBeginning();
    await ann.deleteForEveryone(question);
    await seesQuote(ben, 'At the station', 'This message was deleted.');
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });
});

/** In the only conversation of a person, over the API: faster than by hand. */
async function say(url: string, username: string, texts: readonly string[]): Promise<void> {
  const ask = async (path: string, token: string, body?: object) => {
    const headers = {
      'Content-Type': 'application/json',
      ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
    };
    const asked = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${url}/v1/${path}`, { headers, ...asked });
    expect(answer.ok).toBe(true);
    return (await answer.json()) as { accessToken?: string; items?: readonly { id: string }[] };
  };
  const { accessToken = '' } = await ask('sessions', '', { username, password: `${username} walks in the rain` });
  const { items } = await ask('conversations', accessToken);
  for (const text of texts)
    await ask(`conversations/${items?.[0]?.id}/messages`, accessToken, { key: randomUUID(), text });
}

async function seesQuote(person: Person, reply: string, text: string): Promise<void> {
  await person.message(reply).locator('.quote .quoted').getByText(text, { exact: true }).waitFor();
}

function seenOn(what: string, read: () => Promise<boolean>): Promise<boolean> {
  return eventually(what, read, (isSeen) => isSeen);
}

/** One that the log let go of meanwhile is not. */
async function isOnScreen({ page }: Person, message: ReturnType<Person['message']>): Promise<boolean> {
  if ((await message.count()) === 0) return false;
  const [box, log] = [
    await message.boundingBox({ timeout: SOON_MS }).catch(() => null),
    await page.getByRole('log').boundingBox(),
  ];
  return box !== null && log !== null && box.y >= log.y && box.y + box.height <= log.y + log.height;
}

/** In both themes, with no serious finding of axe. */
async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')).toEqual([]);
    await picture(page, `${name}-${colorScheme}`);
  }
}

async function picture(page: Page, name: string): Promise<void> {
  const { SCREENSHOTS } = process.env;
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `replying-${name}.png`) });
}
