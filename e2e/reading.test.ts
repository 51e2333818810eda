/** What is read, and when it was written: by who has it in view, in the time of where they are. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const LINES = Array.from({ length: 24 }, (_, index) => `Line ${index + 1} of the letter`);

describe.skipIf(!hasChromium)('reading', () => {
  let server: ServerProcess;
  let browser: Browser;
  let ann: Person;
  let ben: Person;

  beforeAll(async () => {
    server = await ServerProcess.open({ RATE_FACTOR: '20' });
    browser = await openBrowser();
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url: server.url });
    ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url: server.url, timeZone: 'Asia/Tokyo' });
    await ben.begin(['ann']);
    for (const line of LINES) await ben.write(line);
    await ann.conversation('Ben Nevis').waitFor();
    await ann.page.setViewportSize({ width: 1280, height: 480 });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('[S64] opens at the first unread message, and has read what is in view and no more', async () => {
    await ann.open('Ben Nevis');
    await ann.page.getByText('New messages').waitFor();
    await ben.seesTicks(LINES[0] ?? '', 'Read');
    const last = LINES.at(-1) ?? '';
    expect(await ben.ticksOf(last)).toBe('Delivered');
    await expect(ann.conversation('Ben Nevis').textContent()).resolves.toContain('unread');
    await ann.page.getByRole('log').press('End');
    await ben.seesTicks(last, 'Read');
    await eventually(
      'Ann has nothing unread',
      async () => (await ann.conversation('Ben Nevis').textContent()) ?? '',
      (text) => !text.includes('unread'),
    );
  });

  it('[S64] has not read what comes in while it is scrolled away from', async () => {
    const log = ann.page.getByRole('log');
    await log.hover();
    await ann.page.mouse.wheel(0, -4_000);
    await ann.button('To the newest message').waitFor();
    await ben.write('One line more');
    await ben.seesTicks('One line more', 'Delivered');
    await ann.page.getByText('1 unread').waitFor();
    expect(await ben.ticksOf('One line more')).toBe('Delivered');
    await ann.button('To the newest message').click();
    await ben.seesTicks('One line more', 'Read');
  });

  it('[S69] shows one instant in the local time of each, in the same order', async () => {
    const timeOf = async (person: Person) =>
      (await person.message('One line more').locator('time').getAttribute('datetime')) ?? '';
    expect(await timeOf(ann)).toBe(await timeOf(ben));
    const shown = async (person: Person) => (await person.message('One line more').locator('time').textContent()) ?? '';
    const local = (instant: string, timeZone: string) =>
      new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone }).format(new Date(instant));
    const instant = await timeOf(ann);
    expect(await shown(ann)).toBe(local(instant, 'Europe/Berlin'));
    expect(await shown(ben)).toBe(local(instant, 'Asia/Tokyo'));
    expect(await ann.texts()).toEqual(await ben.texts());
    expect([...ann.complaints, ...ben.complaints]).toEqual([]);
  });
});
