// The hooks in a page of React, on the shipped SDK and a real server: what is shown, what is sent, and who listens.

import { ChatProvider, useConversations } from '@kith/react';
import { typed, typingOf } from '@kith/sdk/typing/typing';
import { StrictMode } from 'react';
import { renderToString } from 'react-dom/server';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../sdk/test/fixtures/facts.js';
import { Page } from './fixtures/page.js';
import { PASSWORD, type Somebody, Town } from './fixtures/people.js';
import { SmallApp } from './fixtures/small-app.js';
import { Subscriptions } from './fixtures/subscriptions.js';

describe('the hooks', () => {
  let town: Town;
  let page: Page;

  beforeAll(async () => {
    town = await Town.start();
  });
  afterAll(() => town?.stop());
  beforeEach(() => {
    page = new Page();
  });
  afterEach(async () => {
    await page.close();
    await town.leave();
    expect(page.mended).toEqual([]);
  });

  const app = ({ chat }: Pick<Somebody, 'chat'>, conversation: string | null = null) => (
    <StrictMode>
      <ChatProvider chat={chat}>
        <SmallApp conversation={conversation} />
      </ChatProvider>
    </StrictMode>
  );

  async function pair(): Promise<{ ann: Somebody; ben: Somebody; conversation: string }> {
    const [ann, ben] = [await town.somebody(), await town.somebody()];
    const conversation = await ann.person.create({ kind: 'direct', members: [ben.person.id] });
    await until(ben.person.conversation(conversation), (view) => view !== null);
    return { ann, ben, conversation };
  }

  it('show a conversation as it goes on, under StrictMode: what was written, how far it got, who types and who is there', async () => {
    const { ann, ben, conversation } = await pair();
    await page.render(app(ann, conversation));
    await page.shows('[session signed_in]', `[person ${ann.person.id}]`, '[connection open]', '[storage memory]');
    await page.shows(`[peer ${ben.username}]`, '[online]', '[typing 0]', '[loaded]');

    typed(ben.person, conversation);
    await page.shows('[typing 1]');
    const { key } = await ben.person.send(conversation, 'hello');
    await page.shows('[hello]', `[${conversation} unread 1]`, '[typing 0]');
    expect(key).not.toBe('');

    const looked = typingOf(ben.person, conversation);
    page.type('.text', 'how are you?');
    await until(looked, (users) => users.includes(ann.person.id));
    page.click('.send');
    await page.shows('[how are you? delivered]');
    const { head } = await until(ben.person.conversation(conversation), (view) => view?.unread === 1).then(
      (view) => view ?? { head: 0 },
    );
    ben.person.read(conversation, head);
    await page.shows('[how are you? read]');
    expect(page.text.match(/how are you\?/g)).toHaveLength(1);
  });

  it('send without a connection as with one, and show what waits until it is in the timeline', async () => {
    const { ann, ben, conversation } = await pair();
    await page.render(app(ann, conversation));
    await page.shows('[connection open]', '[loaded]');
    ann.network.cut();
    await page.until(() => !page.text.includes('[connection open]'), 'the connection is gone');
    for (const text of ['1', '2', '3']) {
      page.type('.text', text);
      page.click('.send');
    }
    await page.shows('[1 pending]', '[2 pending]', '[3 pending]');
    ann.network.mend();
    await page.shows('[1 delivered][2 delivered][3 delivered]');
    expect(page.text).not.toContain('pending');
    const timeline = ben.person.timeline(conversation);
    const { items } = await until(timeline.view, (view) => view.items.length >= 3);
    expect(items.flatMap(({ kind, body }) => (kind === 'message.sent' ? [body.text] : []))).toEqual(['1', '2', '3']);
    timeline.close();
  });

  it('show a message that the server will never take as failed, to be changed and sent again, or discarded', async () => {
    const { ann, conversation } = await pair();
    await page.render(app(ann, conversation));
    await page.shows('[loaded]');
    page.type('.text', 'x'.repeat(16_001));
    page.click('.send');
    await page.shows('too_large]');
    page.click('.shorten');
    await page.shows('[shorter sent]');
    page.type('.text', 'y'.repeat(16_001));
    page.click('.send');
    await page.shows('too_large]');
    page.click('.discard');
    await page.until(() => !page.text.includes('too_large'), 'it is discarded');
    expect(ann.person.unsent(conversation).getSnapshot()).toEqual([]);
  });

  it('give the text back where no more can wait, before what was begun meanwhile, and send no blanks', async () => {
    const { ann, conversation } = await pair();
    await page.render(app(ann, conversation));
    await page.shows('[loaded]');
    ann.network.cut();
    await page.until(() => !page.text.includes('[connection open]'), 'the connection is gone');
    page.type('.text', '  ');
    page.click('.send');
    const text = (number: number) => ann.person.send(conversation, `${number}`);
    await Promise.all(Array.from({ length: 1_000 }, (_, number) => text(number)));
    page.type('.text', 'one too many');
    page.click('.send');
    page.type('.text', ', and more');
    await page.shows('[refused rate_limited]');
    expect(page.html).toContain('value="one too many, and more"');
    expect(ann.person.unsent(conversation).getSnapshot()).toHaveLength(1_000);
  });

  it('page back through a long conversation', async () => {
    const { ann, ben, conversation } = await pair();
    for (let count = 1; count <= 60; count += 1) await ben.person.send(conversation, `m${count}.`);
    await until(ann.person.conversation(conversation), (view) => view?.unread === 60);
    await page.render(app(ann, conversation));
    await page.shows('[m60.]', '[loaded]', 'earlier');
    expect(page.text).not.toContain('[m1.]');
    page.click('.before');
    await page.shows('[m1.][m2.]');
    expect(page.text.match(/\[m\d+\.\]/g)).toEqual(Array.from({ length: 60 }, (_, index) => `[m${index + 1}.]`));
  });

  it('leave nothing subscribed, open or watched when they are gone, also under StrictMode', async () => {
    const { ann, ben, conversation } = await pair();
    const subscriptions = new Subscriptions().of(ann.chat, ann.person);
    await page.render(app(ann, conversation));
    await page.shows('[loaded]', `[peer ${ben.username}]`, '[online]');
    expect(subscriptions.live).toMatchObject({
      'timeline.view': 1,
      timeline: 1,
      watch: 1,
      conversations: 1,
      people: 1,
    });
    expect(subscriptions.begun('timeline')).toBeGreaterThan(1);
    await page.close();
    expect(subscriptions.live).toEqual({});
  });

  it('close the timeline of a conversation that is left, and show nothing of it in the one that is opened', async () => {
    const { ann, ben, conversation } = await pair();
    const cid = await town.somebody();
    const other = await cid.person.create({ kind: 'direct', members: [ann.person.id] });
    await ben.person.send(conversation, 'of the first');
    await cid.person.send(other, 'of the second');
    const subscriptions = new Subscriptions().of(ann.chat, ann.person);
    await page.render(app(ann, conversation));
    await page.shows('[of the first]');
    page.type('.text', 'a draft of the first');
    await page.render(app(ann, other));
    expect(page.text).not.toContain('of the first');
    expect(page.html).not.toContain('a draft');
    await page.shows('[of the second]');
    expect(subscriptions.live).toMatchObject({ timeline: 1, 'timeline.view': 1 });
    await page.render(app(ann, conversation));
    await page.shows('[of the first]');
    expect(page.html).toContain('a draft of the first');
  });

  it('show nothing of whoever was signed in before, in no render', async () => {
    const { ann, ben, conversation } = await pair();
    const cid = await town.somebody();
    await ben.person.send(conversation, 'a secret');
    const commits: string[] = [];
    const subscriptions = new Subscriptions().of(ann.chat, ann.person);
    await page.render(app(ann, conversation));
    await page.shows('[a secret]', `[peer ${ben.username}]`);
    page.type('.text', 'a private draft');
    const observer = new page.window.MutationObserver(() => commits.push(page.html));
    observer.observe(page.window.document.body, { childList: true, characterData: true, subtree: true });
    await ann.chat.signOut();
    await page.shows('[person nobody]', '[session signed_out]');
    await ann.chat.signIn({ username: cid.username, password: PASSWORD });
    await page.shows(`[person ${cid.person.id}]`, '[connection open]');
    observer.disconnect();
    const later = commits.filter((html) => !html.includes(`person ${ann.person.id}`));
    expect(later.length).toBeGreaterThan(1);
    for (const html of later) {
      for (const secret of ['a secret', 'a private draft', ben.username, 'unread']) expect(html).not.toContain(secret);
    }
    expect(Object.keys(subscriptions.live).toSorted()).toEqual(['person', 'session']);
  });

  it('show nothing yet where a server renders them, listen to nothing there, and are taken over by the page', async () => {
    const { ann, conversation } = await pair();
    const subscriptions = new Subscriptions().of(ann.chat, ann.person);
    const html = renderToString(app(ann, conversation));
    expect(html).toContain('loading');
    expect(html).not.toContain(ann.person.id);
    expect(subscriptions.live).toEqual({});
    await page.hydrate(html, app(ann, conversation));
    await page.shows(`[person ${ann.person.id}]`, '[loaded]');
  });

  it('say what is missing where there is no provider', () => {
    const Lost = () => useConversations().length;
    expect(() => renderToString(<Lost />)).toThrow('ChatProvider');
  });
});
