/**
 * A person at the page, as the tests speak of them. Everything is found as assistive technology finds it, by role and
 * name, save the texts of the timeline.
 */
import type { Browser, Locator, Page } from 'playwright-core';
import { eventually, type OpenPage, openPage, openTab } from './browser.js';

type Wish = { readonly username: string; readonly name: string; readonly url: string; readonly script?: string };

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
  static async onAnotherDevice(browser: Browser, { username, name, url }: Wish): Promise<Person> {
    const person = new Person(name, url, await openPage(browser, { url }));
    await person.signIn(username);
    return person;
  }

  /** Opens the page once more on this person's device. */
  async inAnotherTab(): Promise<Person> {
    return new Person(this.name, this.#url, await openTab(this.page.context(), this.#url));
  }

  async signUp({ username, name }: Pick<Wish, 'username' | 'name'>): Promise<void> {
    const { page } = this;
    await this.button('Create an account').click();
    await page.getByLabel('Username').fill(username);
    await page.getByLabel('Name that others see').fill(name);
    await page.getByLabel('Password').fill(`${username} walks in the rain`);
    await this.button('Sign up').click();
    await this.button('New conversation').waitFor();
  }

  async signIn(username: string): Promise<void> {
    await this.page.getByLabel('Username').fill(username);
    await this.page.getByLabel('Password').fill(`${username} walks in the rain`);
    await this.button('Sign in').click();
    await this.button('New conversation').waitFor();
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
    return items.filter({ has: this.page.getByText(title, { exact: true }) });
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

  /** The texts of the open conversation, oldest first. */
  texts(): Promise<string[]> {
    return this.page.locator('.message .text').allTextContents();
  }

  /** Pages up until the beginning is there. */
  async readToTheBeginning(): Promise<void> {
    const log = this.page.getByRole('log');
    const read = async () => {
      await log.press('Home');
      return await log.getByText('You can talk now').count();
    };
    await eventually(`${this.name} sees the beginning`, read, (count) => count === 1);
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
