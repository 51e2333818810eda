/**
 * A person at the page, as the tests speak of them. Everything is found as assistive technology finds it, by role and
 * name, save the texts of the timeline.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually, type OpenPage, openPage, openTab } from './browser.js';

const MENU = 'What to do with this message';

/** What a test needs of the element of the log. */
type Log = {
  scrollTop: number;
  readonly scrollHeight: number;
  readonly clientHeight: number;
  querySelectorAll(selector: string): Iterable<{
    readonly dataset: { readonly row: string };
    querySelector(selector: string): { readonly textContent: string } | null;
  }>;
};

type Wish = {
  readonly username: string;
  readonly name: string;
  readonly url: string;
  readonly script?: string;
  readonly timeZone?: string;
  /** Of the first one on a server that others can reach; the page asks for it when it is wanted. */
  readonly setUpCode?: string;
};

export class Person {
  readonly name: string;
  readonly page: Page;
  readonly complaints: readonly string[];

  readonly sockets: () => number;
  readonly #url: string;

  private constructor(name: string, url: string, { page, complaints, sockets }: OpenPage) {
    this.name = name;
    this.#url = url;
    this.page = page;
    this.complaints = complaints;
    this.sockets = sockets;
  }

  static async signUp(browser: Browser, wish: Wish): Promise<Person> {
    const person = new Person(wish.name, wish.url, await openPage(browser, wish));
    await person.signUp(wish);
    return person;
  }

  /** Signs in on another device. */
  static async onAnotherDevice(browser: Browser, wish: Wish): Promise<Person> {
    const person = new Person(wish.name, wish.url, await openPage(browser, wish));
    await person.signIn(wish.username);
    return person;
  }

  /** Opens the page once more on this person's device. */
  async inAnotherTab(): Promise<Person> {
    return new Person(this.name, this.#url, await openTab(this.page.context(), this.#url));
  }

  async signUp({ username, name, setUpCode }: Pick<Wish, 'username' | 'name' | 'setUpCode'>): Promise<void> {
    const { page } = this;
    await this.button('Create an account').click();
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Name that others see').fill(name);
    await page.getByLabel('Password').fill(`${username} walks in the rain`);
    await this.button('Sign up').click();
    if (setUpCode !== undefined) {
      await page.getByLabel('Set-up code').fill(setUpCode);
      await this.button('Sign up').click();
    }
    await this.button('New conversation').waitFor();
  }

  async signIn(username: string): Promise<void> {
    await this.page.getByLabel('Username').fill(username);
    await this.page.getByLabel('Password').fill(`${username} walks in the rain`);
    await this.button('Sign in').click();
    await this.button('New conversation').waitFor();
  }

  async signOut(): Promise<void> {
    await this.button('Settings').click();
    await this.button('Sign out').click();
    await this.button('Sign in').waitFor();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name, ...(typeof name === 'string' ? { exact: true } : {}) });
  }

  /** Begins a conversation with people, found by their usernames; a name makes it a group. */
  async begin(usernames: readonly string[], groupName?: string): Promise<void> {
    await this.button('New conversation').click();
    const dialog = this.page.getByRole('dialog');
    for (const username of usernames) {
      await dialog.getByRole('searchbox').fill(username);
      await dialog
        .getByRole('listitem')
        .filter({ hasText: `@${username}` })
        .getByRole('checkbox')
        .check();
    }
    if (groupName !== undefined) await dialog.getByLabel('Name of the group').fill(groupName);
    await dialog.getByRole('button', { name: /^(Start|Create)/ }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** The conversation in the list that has this title, or this as its last text. */
  conversation(title: string): Locator {
    const items = this.page.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
    const said = this.page.locator('.row-title bdi, .row-preview').and(this.page.getByText(title, { exact: true }));
    return items.filter({ has: said });
  }

  async open(title: string): Promise<void> {
    await this.conversation(title).getByRole('button').click();
    await this.page.getByRole('heading', { name: title, exact: true, level: 2 }).waitFor();
  }

  async write(text: string): Promise<void> {
    const input = this.page.getByRole('textbox', { name: 'Message' });
    await input.fill(text);
    await input.press('Enter');
  }

  message(text: string): Locator {
    return this.page.locator('.message').filter({ has: this.page.getByText(text, { exact: true }) });
  }

  /** The texts of the open conversation, oldest first: a list that holds few of them in the page is gone through. */
  texts(): Promise<string[]> {
    return this.page.getByRole('log').evaluate(async (element) => {
      const log = element as unknown as Log;
      const texts = new Map<string, string>();
      const settled = () => new Promise((resolve) => setTimeout(resolve, 40));
      log.scrollTop = 0;
      for (let before = -1; before !== log.scrollHeight; ) {
        before = log.scrollHeight;
        await settled();
        log.scrollTop = 0;
      }
      for (;;) {
        await settled();
        for (const row of log.querySelectorAll('[data-row]')) {
          const text = row.querySelector('.text');
          if (text) texts.set(row.dataset.row, text.textContent);
        }
        if (log.scrollTop + log.clientHeight >= log.scrollHeight - 2) break;
        log.scrollTop += log.clientHeight / 2;
      }
      return [...texts.values()];
    });
  }

  /** Those that are in the page now. */
  textsInPage(): Promise<string[]> {
    return this.page.locator('.message .text').allTextContents();
  }

  /** Opens what can be done with a message, and does it. */
  async choose(message: Locator, action: string): Promise<void> {
    await message.hover();
    await message.getByRole('button', { name: MENU }).click();
    await this.page.getByRole('menuitem', { name: action, exact: true }).click();
  }

  /** Gives an own message another text. */
  async edit(message: Locator, text: string): Promise<void> {
    await this.choose(message, 'Edit');
    const input = this.page.getByRole('textbox', { name: 'Message' });
    await input.fill(text);
    await input.press('Enter');
  }

  async deleteForEveryone(message: Locator): Promise<void> {
    await this.choose(message, 'Delete for everyone');
    await this.page.getByRole('dialog').getByRole('button', { name: 'Delete for everyone' }).click();
  }

  /** Pages up until the beginning is there. */
  async readToTheBeginning(): Promise<void> {
    const log = this.page.getByRole('log');
    const read = async () => {
      await log.press('Home');
      const top = await log.evaluate((element) => (element as unknown as Log).scrollTop);
      return [await log.getByText('You can talk now').count(), top];
    };
    // It goes on moving for a while, and what is pointed at then is somewhere else by the time of the click.
    await eventually(`${this.name} sees the beginning`, read, ([count, top]) => count === 1 && top === 0);
  }

  /** What is said below the log of who types. */
  typing(name: string): Locator {
    return this.page.getByRole('status').getByText(`\u2068${name}\u2069 is typing…`);
  }

  /** What the ticks of an own message say. */
  async ticksOf(text: string): Promise<string> {
    return (await this.message(text).getByRole('img').getAttribute('aria-label')) ?? '';
  }

  async seesTicks(text: string, words: string): Promise<void> {
    const what = `${this.name} sees “${words}” at “${text}”`;
    await eventually(
      what,
      () => this.ticksOf(text),
      (said) => said === words,
    );
  }
}

/** Ann and Ben in a group, Walks, in which both read what she wrote. */
export async function twoInWalks(browser: Browser, url: string, text: string): Promise<{ ann: Person; ben: Person }> {
  const ann = await Person.signUp(browser, { username: 'ann', name: 'Ann Arbor', url });
  const ben = await Person.signUp(browser, { username: 'ben', name: 'Ben Nevis', url });
  await ann.begin(['ben'], 'Walks');
  await ann.write(text);
  await ben.open('Walks');
  await ben.message(text).waitFor();
  return { ann, ben };
}
