// What each step of a plan does to the world.
import { setPinned } from '@kith/sdk/pins/pins';
import { sayPresence, watchPresence } from '@kith/sdk/presence/presence';
import { Threads } from '@kith/sdk/threads/threads';
import { typed } from '@kith/sdk/typing/typing';
import type { Step, StepName } from '../plan.js';
import { atRetention } from './aging.js';
import { deleteAnswer } from './answers.js';
import { type Asking, ask, askReactors, askWrongly } from './asking.js';
import { atChannels } from './channels.js';
import { atExpiring } from './expiring.js';
import { hide } from './hiding.js';
import { atInvitations } from './inviting.js';
import { keepApart } from './keeping-apart.js';
import { noise } from './noise.js';
import { atPolls } from './polls.js';
import type { AtTab, InConversation } from './scene.js';
import { atScheduling } from './scheduling.js';
import { search } from './searching.js';
import { textOf } from './texts.js';
import { TROUBLES } from './troubles.js';
import type { World } from './world.js';

const MOST_TABS = 3;
const STALL_MS = 4_000;
/** More than a page, or than a client keeps in memory. */
const BURSTS = [20, 60, 170];
const EMOJI = ['👍', '❤️', '❤', '🎉'];

type Doing<T> = (scene: T) => void | Promise<void>;

const OF_A_TAB: { readonly [name in StepName]?: Doing<AtTab> } = {
  close: ({ world, tab }) => world.closeTab(tab),
  crash: ({ world, tab }) => world.crashTab(tab),
  reload: ({ world, tab, device }) => {
    world.crashTab(tab);
    world.openTab(device);
  },
  cut: ({ tab }) => tab.cut(),
  vanish: ({ tab }) => tab.vanish(),
  garble: ({ tab }) => {
    for (const line of tab.lines) line.garble();
  },
  page: ({ tab, step }) => {
    for (const { timeline } of tab.windows) void (step.where % 3 === 0 ? timeline.loadAfter() : timeline.loadBefore());
  },
  invite: atInvitations,
  apart: keepApart,
  away: ({ person, step }) => sayPresence(person, step.where % 2 === 0 ? 'away' : 'online'),
  noise: ({ world, device, step }) => world.saysElsewhere(device, noise(step.where + step.whom)),
  stall: ({ world, tab }) => {
    for (const line of tab.lines) {
      line.stall();
      world.clock.after(STALL_MS, () => line.resume());
    }
  },
  direct: ({ world, person, step }) => {
    const whom = chosen(world.people, step.whom)?.id ?? person.id;
    if (whom !== person.id) world.watch('direct', person.create({ kind: 'direct', members: [whom] }));
  },
  // Another tab comes between what the first is told and what it has read.
  startle: ({ world, person, step }) => {
    const whom = chosen(world.people, step.whom);
    const devices = world.devices.filter(({ owner }) => owner.id === whom?.id);
    const device = chosen(devices, step.where);
    if (!whom || !device || whom.id === person.id) return;
    world.watch('group', person.create({ kind: 'group', members: [whom.id], name: `s${step.where % 10}` }));
    world.clock.after(step.where % 100, () => {
      if (device.tabs.size < MOST_TABS) world.openTab(device);
    });
  },
  crowd: ({ world, step }) => {
    // At once, so that the database has older and newer writes open; nothing more may ever be said there.
    for (const [index, { person }] of world.tabs.entries()) {
      const whom = chosen(world.people, step.whom + index)?.id;
      if (!person || !whom || whom === person.id) continue;
      world.watch('group', person.create({ kind: 'group', members: [whom], name: `c${index}` }));
    }
  },
  group: ({ world, person, step }) => {
    const whom = chosen(world.people, step.whom)?.id ?? person.id;
    world.watch('group', person.create({ kind: 'group', members: [whom], name: `g${step.where % 10}` }));
  },
  history: (scene) => {
    const { world, tab, person, step } = scene;
    const whom = chosen(world.people, step.whom)?.id ?? person.id;
    if (step.where % 3 === 0) world.watch('group', person.create({ kind: 'group', members: [], name: 'history' }));
    const own = person.conversations.getSnapshot().filter(({ kind, role }) => kind === 'group' && role === 'owner');
    const view = chosen(own, step.where);
    if (!view) return;
    const conversation = view.id;
    world.say(tab, person, { conversation, hold: null });
    const history = step.whom % 5 === 0 ? 'open' : 'closed';
    world.watch('history', person.command('conversation.update', { conversation, history }));
    // Somebody comes, or goes and comes back, to what they may see of it now; and what was said before is changed.
    if (whom !== person.id && step.who % 2 === 0)
      world.watch('remove', person.command('member.remove', { conversation, user: whom }));
    world.watch('add', person.command('member.add', { conversation, user: whom }));
    withLogged({ ...scene, conversation, head: view.head, whom }, (target, epoch) => {
      const number = world.nextEdit();
      const text = textOf(`h${step.whom}.${number}`, number + step.whom);
      return person.command('message.edit', { conversation, epoch, target, text });
    });
  },
  channel: ({ world, person, step: { where, whom } }) => {
    world.watch('channel', atChannels({ world, person, where, whom }));
  },
  watch: ({ world, person, step }) => {
    const whom = chosen(world.people, step.whom)?.id;
    if (whom !== undefined) watchPresence(person, [whom]);
  },
};

const IN_A_CONVERSATION: { readonly [name in StepName]?: Doing<InConversation> } = {
  say: ({ world, tab, person, conversation }) => world.say(tab, person, { conversation, hold: null }),
  hold: ({ world, tab, person, conversation, step }) => {
    world.say(tab, person, { conversation, hold: { held: 'upload', blocksOthers: step.whom % 2 === 0 } });
  },
  read: ({ person, conversation, head, step }) => person.read(conversation, Math.max(0, head - (step.whom % 3))),
  typed: ({ person, conversation }) => typed(person, conversation),
  burst: ({ world, tab, person, conversation, step }) => {
    const count = BURSTS[step.where % BURSTS.length] ?? 0;
    for (let index = 0; index < count; index += 1) world.say(tab, person, { conversation, hold: null });
  },
  mention: ({ world, tab, person, conversation, whom, step }) => {
    const mentions = step.where % 3 === 0 ? { all: true as const } : { users: [whom] };
    // The first entry outlives a restore.
    const replyTo = step.whom % 3 === 0 ? { replyTo: 1 } : {};
    world.say(tab, person, { conversation, hold: null, mentions, ...replyTo });
  },
  amend: (scene) => {
    withLogged(scene, (target, epoch) => {
      const { world, person, conversation, step } = scene;
      const number = world.nextEdit();
      const text = textOf(`e${step.whom}.${number}`, number + step.whom);
      if (step.who % 2 === 0) return person.editMessage({ conversation, epoch, seq: target }, text);
      return person.command('message.edit', { conversation, epoch, target, text });
    });
  },
  erase: (scene) => {
    withLogged(scene, (target, epoch) => {
      const { person, conversation, step } = scene;
      if (step.who % 2 === 0) return person.deleteMessage({ conversation, epoch, seq: target });
      return person.command('message.delete', { conversation, epoch, target });
    });
  },
  answer: (scene) => {
    if (scene.step.where % 10 === 5) return deleteAnswer(scene.world, scene.step.whom);
    withMessage(scene, async (thread, epoch) => {
      const { world, tab, person, conversation, step } = scene;
      // Now and then what it has so far is read.
      if (step.where % 5 === 0) await person.command('messages.read', { conversation, epoch, thread, limit: 2 });
      else world.say(tab, person, { conversation, hold: null, thread });
    });
  },
  follow: (scene) => {
    withMessage(scene, async (seq, epoch) => {
      const { tab, person, conversation, step } = scene;
      if (step.where % 2 === 0) tab.followed ??= new Threads(person);
      else tab.lookInto(person, { conversation, epoch, seq });
    });
  },
  forward: (scene) => {
    withMessage({ ...scene, conversation: elsewhere(scene) }, (seq, epoch, conversation) => {
      const { world, person, conversation: to } = scene;
      const key = world.nextKey();
      const forward = { conversation, epoch, seq };
      return person.command('message.send', { conversation: to, key, text: 'forwarded', forward });
    });
  },
  search: ({ world, person, conversation, step: { where, whom } }) => {
    world.watch('search', search(world, person, { conversation, where, whom }));
  },
  react: (scene) => {
    withMessage(scene, (target, epoch) => {
      const { person, conversation, step } = scene;
      const emoji = EMOJI[step.whom % EMOJI.length] ?? '';
      const on = step.where % 3 > 0;
      const named = { conversation, epoch, target };
      if (step.where % 7 === 0) return askReactors(person, named);
      // What is no emoji, and on what is no message.
      if (step.where % 11 === 0) return person.command('reaction.set', { ...named, emoji: 'no emoji' });
      if (step.where % 13 === 0) return person.command('reaction.set', { ...named, target: 1, emoji });
      if (step.who % 2 === 0) return person.react({ conversation, epoch, seq: target }, emoji, on);
      return person.command('reaction.set', { ...named, emoji, on });
    });
  },
  poll: atPolls,
  schedule: atScheduling,
  expire: atExpiring,
  retain: atRetention,
  hide: (scene) => withMessage(scene, (seq, epoch) => hide(scene, { seq, epoch })),
  pin: (scene) => {
    withMessage(scene, (target, epoch) => {
      const { person, conversation, step } = scene;
      const [message, on] = [{ conversation, epoch, seq: target }, step.where % 3 > 0];
      if (step.where % 7 === 0) return person.command('pins.read', { conversation, limit: 2 });
      if (step.who % 2 === 0) return setPinned(person, message, on);
      return person.command('message.pin', { conversation, epoch, target, on });
    });
  },
  mute: ({ world, person, conversation, step }) => {
    const params = { name: `mute:${conversation}`, value: step.whom % 2 === 0 };
    world.watch('mute', person.command('setting.set', params));
  },
  twice: ({ world, tab, conversation }) => world.saysAtOnce(tab.device, conversation),
  ask: (scene) => scene.world.watch('ask', ask(askingOf(scene))),
  wrong: (scene) => scene.world.watch('wrong', askWrongly(askingOf(scene))),
  look: ({ tab, person, conversation, step }) => {
    tab.look(person, conversation, step.whom % 2 === 0 ? { at: 'end' } : { at: 'unread' });
  },
  seek: ({ world, tab, person, conversation, head, step }) => {
    const seq = 1 + (step.whom % Math.max(1, head));
    tab.look(person, conversation, step.where % 2 === 0 ? { at: 'seq', seq } : { at: 'time', time: world.clock.now() });
  },
  add: ({ world, person, conversation, whom }) => {
    world.watch('add', person.command('member.add', { conversation, user: whom }));
  },
  remove: ({ world, person, conversation, whom }) => {
    world.watch('remove', person.command('member.remove', { conversation, user: whom }));
  },
  role: ({ world, person, conversation, whom, step }) => {
    const role = step.where % 2 === 0 ? 'admin' : 'owner';
    world.watch('role', person.command('member.role', { conversation, user: whom, role }));
  },
  rename: ({ world, person, conversation, step }) => {
    world.watch('rename', person.command('conversation.update', { conversation, name: `n${step.whom % 100}` }));
  },
  edit: (scene) => {
    withUnsent(scene, (key, said) => {
      scene.world.changed(scene.tab, said, 'edited');
      return scene.person.edit(key, `${said.text} edited ${scene.world.nextEdit()}`);
    });
  },
  discard: (scene) => {
    withUnsent(scene, (key, said) => {
      scene.world.changed(scene.tab, said, 'discarded');
      return scene.person.discard(key);
    });
  },
  retry: ({ world, tab, person, conversation, step }) => {
    const failed = person
      .unsent(conversation)
      .getSnapshot()
      .filter(({ status }) => status === 'failed');
    const item = chosen(failed, step.whom);
    const said = world.said.find(({ key }) => key !== null && key === item?.key);
    if (!item || !said) return;
    // It goes behind all that was written since.
    world.changed(tab, said, 'moved');
    world.watch('retry', person.retry(item.key));
  },
  release: (scene) => {
    withUnsent(scene, (key) => scene.person.release(key));
  },
};

/** Does one step, where there is somebody who can. */
export async function take(world: World, step: Step): Promise<void> {
  const device = chosen(world.devices, step.who);
  if (!device) return;
  const trouble = TROUBLES[step.do];
  if (trouble) {
    await trouble({ world, step, device });
    return;
  }
  const tab = chosen(world.tabs, step.who);
  if (tab?.person) atTab({ world, step, device: tab.device, tab, person: tab.person });
  await world.pass(1);
}

function atTab(scene: AtTab): void {
  const { step, person, world } = scene;
  const ofATab = OF_A_TAB[step.do];
  if (ofATab) {
    void ofATab(scene);
    return;
  }
  const view = chosen(person.conversations.getSnapshot(), step.where);
  if (!view) return;
  const whom = chosen(world.people, step.whom)?.id ?? person.id;
  void IN_A_CONVERSATION[step.do]?.({ ...scene, conversation: view.id, head: view.head, whom });
}

function askingOf({ person, conversation, head, step }: InConversation): Asking {
  const { epoch = 0 } = person.conversation(conversation).getSnapshot() ?? {};
  return { person, conversation, epoch, head: Math.max(1, head), where: step.where, whom: step.whom };
}

type Unsent = (key: string, said: World['said'][number]) => Promise<unknown>;

function withUnsent({ world, person, conversation, step }: InConversation, work: Unsent): void {
  const item = chosen(person.unsent(conversation).getSnapshot(), step.whom);
  const said = world.said.find(({ key }) => key !== null && key === item?.key);
  if (item && said) world.watch(step.do, work(item.key, said));
}

/** One of the messages that are in the log, mostly one's own. */
function withLogged(scene: InConversation, work: (target: number, epoch: number) => Promise<unknown>): void {
  const { world, person, conversation, step } = scene;
  const isMeant = (author: string | undefined) => step.where % 4 === 0 || author === person.id;
  withMessage({ world, person, conversation, step }, work, isMeant);
}

/** Where something is repeated from: one of the person's own conversations, and now and then one that they may not see. */
function elsewhere({ world, person, conversation, step }: InConversation): string {
  if (step.whom % 8 === 0) return chosen(world.said, step.where)?.conversation ?? conversation;
  return chosen(person.conversations.getSnapshot(), step.where)?.id ?? conversation;
}

/** One of the messages that are in the log. */
function withMessage(
  { world, conversation, step }: Pick<InConversation, 'world' | 'person' | 'conversation' | 'step'>,
  work: (target: number, epoch: number, conversation: string) => Promise<unknown>,
  isMeant: (author: string | undefined) => boolean = () => true,
): void {
  const log = [...world.store.logs()].find((one) => one.conversation === conversation);
  const messages = log?.entries.filter(({ kind, author }) => kind === 'message.sent' && isMeant(author)) ?? [];
  const target = chosen(messages, step.whom);
  if (log && target) world.watch(step.do, work(target.seq, log.epoch, conversation));
}

function chosen<T>(all: readonly T[], index: number): T | undefined {
  return all[index % Math.max(1, all.length)];
}
