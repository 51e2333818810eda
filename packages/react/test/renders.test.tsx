// How often components are rendered, and whether two of them ever show different states: on the shipped SDK and a real server.
import {
  ChatProvider,
  useComposer,
  useConversation,
  useConversations,
  usePeople,
  usePerson,
  usePresence,
  useTimeline,
  useUser,
} from '@kith/react';
import { peopleOf } from '@kith/sdk/members/members';
import { startTransition, useLayoutEffect, useState } from 'react';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../../sdk/test/fixtures/facts.js';
import { Page } from './fixtures/page.js';
import { type Somebody, Town } from './fixtures/people.js';
import { Subscriptions } from './fixtures/subscriptions.js';

describe('components', () => {
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
  });

  /** Ann with a conversation with Ben and one with Cid, both known to all. */
  async function three(): Promise<{ ann: Somebody; ben: Somebody; cid: Somebody; first: string; second: string }> {
    const [ann, ben, cid] = [await town.somebody(), await town.somebody(), await town.somebody()];
    const first = await ann.person.create({ kind: 'direct', members: [ben.person.id] });
    const second = await ann.person.create({ kind: 'direct', members: [cid.person.id] });
    await until(cid.person.conversation(second), (view) => view !== null);
    return { ann, ben, cid, first, second };
  }

  it('are not rendered while nothing of theirs changes', async () => {
    const { ann, ben, cid, first, second } = await three();
    const renders = new Map<string, number>();
    const count = (name: string) => void renders.set(name, (renders.get(name) ?? 0) + 1);
    const parts = {
      person: () => usePerson()?.id,
      conversation: () => useConversation(first)?.unread,
      timeline: () => useTimeline(first, { at: 'unread' }).items.length,
      composer: () => useComposer(first).unsent.length,
      people: () => usePeople(first).members?.size,
      user: () => useUser(ben.person.id)?.name,
      presence: () => usePresence([ben.person.id]).get(ben.person.id)?.status,
    };
    const Part = ({ name, read }: { readonly name: string; readonly read: () => unknown }) => {
      count(name);
      return <i>{` ${name} ${read()};`}</i>;
    };
    const List = () => useConversations().map(({ id, unread }) => `${id} has ${unread};`);
    await page.render(
      <ChatProvider chat={ann.chat}>
        <List />
        {Object.entries(parts).map(([name, read]) => (
          <Part key={name} name={name} read={read} />
        ))}
      </ChatProvider>,
    );
    await page.shows(`user ${ben.username};`, 'people 2;', 'presence online;');
    await ben.person.send(first, 'hello');
    await page.shows('timeline 2;', `${first} has 1;`);
    // Marks are told later than the message.
    await until(
      peopleOf(ann.person, first),
      ({ marks }) => marks.size === 2 && [...marks.values()].every(({ delivered }) => delivered === 2),
    );

    const before = new Map(renders);
    for (let number = 1; number <= 5; number += 1) await cid.person.send(second, `${number}`);
    await page.shows(`${second} has 5;`);
    expect(renders).toEqual(before);
  });

  it('keep their timeline through any render, whatever object the opening is, and open anew where it says another place', async () => {
    const { ann, ben, first } = await three();
    await ben.person.send(first, 'hello');
    const subscriptions = new Subscriptions().of(ann.chat, ann.person);
    const functions = new Set<unknown>();
    const Messages = ({ seq, render }: { readonly seq: number; readonly render: number }) => {
      const { items, loadBefore } = useTimeline(first, { at: 'seq', seq });
      functions.add(loadBefore);
      return `render ${render}, seq ${seq}, ${items.length} items`;
    };
    const messages = (seq: number, render: number) => (
      <ChatProvider chat={ann.chat}>
        <Messages seq={seq} render={render} />
      </ChatProvider>
    );
    for (let render = 1; render <= 5; render += 1) await page.render(messages(1, render));
    await page.shows('render 5, seq 1, 2 items');
    expect([subscriptions.begun('timeline'), functions.size]).toEqual([1, 1]);
    await page.render(messages(2, 6));
    await page.shows('render 6, seq 2, 2 items');
    expect([subscriptions.begun('timeline'), subscriptions.live.timeline]).toEqual([2, 1]);
  });

  it('never show two states of one thing at once, though it changes in the middle of a slow render', async () => {
    const { ann, first } = await three();
    const torn: string[][] = [];
    let commits = 0;
    let setText = (_: string) => {};
    let show = (_: number) => {};
    const changed = new Set<number>();
    const Cell = ({ render, index }: { readonly render: number; readonly index: number }) => {
      const end = performance.now() + 2;
      while (performance.now() < end);
      // React lets others run every few milliseconds of a render like this one, and this comes then.
      if (index === 15 && !changed.has(render)) setImmediate(() => setText(`${changed.size}`));
      if (index === 15) changed.add(render);
      return <b>{useComposer(first).text}</b>;
    };
    const Cells = () => {
      const [render, setRender] = useState(0);
      show = setRender;
      setText = useComposer(first).setText;
      useLayoutEffect(() => {
        commits += 1;
        const texts = [...page.window.document.querySelectorAll('b')].map(({ textContent }) => textContent);
        if (new Set(texts).size > 1) torn.push(texts);
      });
      const cells = Array.from({ length: 30 }, (_, index) => index);
      return (
        <div>
          {render}
          {cells.map((index) => (
            <Cell key={`${render} ${index}`} render={render} index={index} />
          ))}
        </div>
      );
    };
    await page.render(
      <ChatProvider chat={ann.chat}>
        <Cells />
      </ChatProvider>,
    );
    for (let render = 1; render <= 5; render += 1) {
      startTransition(() => show(render));
      await page.until(() => page.html.startsWith(`<div>${render}<`), `render ${render} is there`);
      await page.until(() => page.text.endsWith(`${changed.size}`), 'the last change is there');
    }
    expect(changed.size).toBe(6);
    expect(commits).toBeGreaterThan(5);
    expect(torn).toEqual([]);
  });
});
