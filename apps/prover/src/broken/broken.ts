// Histories in which a law is broken, each made of one in which every law held: what a judge has to find. A change throws where
// the history has nothing that it could change.
import type { Law } from '../laws/law.js';
import { goEarly, stayCounted, stayInLog, stayInStore, stayOnTab } from './aged.js';
import {
  answers,
  append,
  blockedPairs,
  commit,
  confirmed,
  type Draft,
  type DraftEvent,
  eventsOf,
  exchange,
  first,
  hiddenMessages,
  mainLog,
  NothingThere,
  neighbours,
  pinnedItems,
  pins,
  reactedItems,
  reactions,
  shownOn,
  tell,
} from './draft.js';
import { leaveEditInStore, leaveInEdit, leaveInLog, leaveInStore, leaveOnTab } from './erasures.js';
import { countLess, countMore, countSilently } from './miscounts.js';
import {
  countOneMore,
  endWithAnother,
  followOtherwise,
  listOneLess,
  nameOneMore,
  readLess,
  showOneLess,
} from './threads.js';

export const BROKEN: Readonly<Record<Law, Readonly<Record<string, (draft: Draft) => unknown>>>> = {
  kept: {
    'something is emptied whose time has not come': goEarly,
    'a confirmed entry is not in the log': (draft) => {
      const { log, entry } = first(confirmed(draft));
      log.entries = log.entries.filter(({ seq }) => seq !== entry.seq);
    },
    'a conversation is gone': ({ end }) => {
      end.logs.pop();
    },
    'a confirmation comes before its commit': (draft) => {
      const { acked, commit } = first(confirmed(draft));
      draft.events = draft.events.filter((event) => event !== acked);
      draft.events.splice(draft.events.indexOf(commit), 0, acked);
    },
    'an entry is given out before its commit': (draft) => {
      const told = first(eventsOf(draft, 'told').filter(({ isPushed }) => isPushed));
      for (const entry of told.entries) entry.seq += 1_000;
    },
    'a message has another text in the log': (draft) => {
      const { entry, committed } = first(confirmed(draft));
      entry.body = { text: 'never written' };
      committed.body = { text: 'never written' };
    },
    'a text is erased that nobody deleted': (draft) => {
      Object.assign(first(confirmed(draft)).entry, { erased: true, body: {} });
    },
    'a message that was left with the server is nowhere': (draft) => {
      const { key, conversation } = first(eventsOf(draft, 'scheduled'));
      append(draft, { type: 'scheduled', at: 0, who: first(draft.end.tabs).tab, conversation, key: `${key} again` });
    },
    'a refused message is nowhere': ({ end }) => {
      for (const tab of end.tabs) tab.unsent = [];
    },
    'a message fails with a code that means nothing to its reader': ({ end }) => {
      for (const tab of end.tabs) for (const item of tab.unsent) item.code = 'internal';
    },
  },
  'one-number': {
    'a key is in the log twice': (draft) => {
      const { conversation, entries } = mainLog(draft);
      const sent = first(entries.filter(({ kind }) => kind === 'message.sent'));
      const last = first([...entries].reverse());
      const twin = { ...sent, seq: last.seq + 1, n: last.n + 1 };
      append(draft, { type: 'committed', at: 0, who: 'database', conversation, entries: [twin] });
    },
    'a text is in the log twice, under two keys': (draft) => {
      const { log, entry } = first(confirmed(draft));
      const { kind, author, body } = entry;
      commit(draft, log, { kind, author, body });
    },
    'a message is confirmed with the number of another': (draft) => {
      first(confirmed(draft)).acked.seq -= 1;
    },
  },
  order: {
    'an answer counts those before it wrongly': (draft) => {
      const { committed, entry } = first(answers(draft));
      for (const one of [committed, entry]) one.body = { ...one.body, count: Number(one.body.count) + 1 };
    },
    'a number is given twice': (draft) => {
      const { conversation, entries } = mainLog(draft);
      const last = first([...entries].reverse());
      const twin = { ...last, key: 'another', n: last.n + 1, kind: 'message.sent' as const };
      append(draft, { type: 'committed', at: 0, who: 'database', conversation, entries: [twin] });
    },
    'messages are counted wrongly': (draft) => {
      first(confirmed(draft)).committed.n += 1;
    },
    'another entry is given out than stands there': (draft) => {
      const told = first(eventsOf(draft, 'told').filter(({ entries }) => entries.some(({ key }) => key !== null)));
      for (const entry of told.entries) entry.key = 'another';
    },
    'a push is left out without a word': (draft) => {
      const pushes = eventsOf(draft, 'told').filter(({ isPushed }) => isPushed);
      const hole = first(
        pushes.filter(({ connection, entries: [entry] }) => {
          const next = (seq = 0) =>
            pushes.some((other) => {
              const [then] = other.entries;
              return other.connection === connection && then?.conversation === entry?.conversation && then?.seq === seq;
            });
          const { seq } = entry ?? { seq: 0 };
          return next(seq - 1) && next(seq + 1);
        }),
      );
      draft.events = draft.events.filter((event) => event !== hole);
    },
    'more is left out than is said': (draft) => {
      const { connection, by, entries } = first(eventsOf(draft, 'told').filter(({ isPushed }) => isPushed));
      const [{ conversation, epoch, seq } = first([])] = entries;
      const told = eventsOf(draft, 'told').find((event) => event.connection === connection && event.isPushed);
      const place = told ? draft.events.indexOf(told) + 1 : 0;
      const leftOut = { type: 'left out', at: 0, who: 'node-1', by, connection, conversation, epoch } as const;
      draft.events.splice(place, 0, { ...leftOut, after: seq + 1, head: seq + 2 } as Draft['events'][number]);
    },
  },
  'author-order': {
    'two messages of a tab stand the other way round': (draft) => {
      const { texts, keys } = first(neighbours(draft));
      const isInLog = ({ type }: Draft['events'][number]) => type !== 'wrote' && type !== 'kept';
      const swapped = <T>(value: T) => exchange(exchange(value, keys), texts);
      draft.events = draft.events.map((event) => (isInLog(event) ? swapped(event) : event));
      draft.end = swapped(draft.end);
    },
  },
  marks: {
    'less is read of a thread than where its reader wrote or came': readLess,
    'a mark goes back': (draft) => {
      const marked = first(
        eventsOf(draft, 'marked').filter(({ marks, conversation, epoch }) => {
          const log = draft.end.logs.find((one) => one.conversation === conversation);
          return log?.epoch === epoch && marks.some(({ delivered }) => delivered > 0);
        }),
      );
      append(draft, { ...marked, marks: marked.marks.map((mark) => ({ ...mark, delivered: 0, read: 0 })) });
    },
    'more is read than delivered': (draft) => {
      for (const { marks } of eventsOf(draft, 'marked')) for (const mark of marks) mark.read = mark.delivered + 1;
    },
    'a mark is beyond the log': (draft) => {
      for (const { marks } of eventsOf(draft, 'marked')) for (const mark of marks) mark.delivered += 1_000;
    },
  },
  'members-only': {
    'more come by an invitation than it was for': (draft) => {
      for (const event of first([eventsOf(draft, 'invited')])) event.maxUses = 0;
    },
    'somebody is given an entry of a conversation in which they never were': (draft) => {
      const [owner, other] = draft.people;
      const log = first(
        draft.end.logs.filter(({ entries: [made] }) => made?.author === owner?.id && made?.body.kind === 'self'),
      );
      tell(draft, { name: other?.name ?? '', seq: 1, log });
    },
    'somebody is given an entry above the one by which they left': (draft) => {
      const lefts = draft.end.logs.flatMap((log) =>
        log.entries.flatMap(({ kind, seq, body }) => (kind === 'member.left' ? [{ log, seq, users: body.users }] : [])),
      );
      const { log, seq, users } = first(lefts);
      const who = first(draft.people.filter(({ id }) => Array.isArray(users) && users.includes(id)));
      const { conversation } = log;
      const { epoch, n, at } = first(log.entries.filter((one) => one.seq === seq));
      log.entries = log.entries.filter((one) => one.seq <= seq);
      const last = {
        conversation,
        epoch,
        seq: seq + 1,
        n: n + 1,
        at,
        kind: 'message.sent',
        body: { text: 'late' },
      } as const;
      log.entries.push(last);
      const restored = draft.end.logs.map((one) => ({ ...one, head: one === log ? seq : one.entries.length }));
      append(draft, { type: 'restored', at: 0, who: 'database', logs: restored });
      append(draft, { type: 'committed', at: 0, who: 'database', conversation, entries: [last] });
      tell(draft, { name: who.name, seq: seq + 1, log });
    },
    'somebody writes into a conversation in which they never were': (draft) => {
      const [owner, other] = draft.people;
      const log = first(
        draft.end.logs.filter(({ entries: [made] }) => made?.author === owner?.id && made?.body.kind === 'self'),
      );
      commit(draft, log, { kind: 'message.sent', author: other?.id, body: { text: 'of a stranger' } });
    },
    'somebody writes on after they left': (draft) => {
      const { log, entry } = first(confirmed(draft));
      const { author = '' } = entry;
      commit(draft, log, { kind: 'member.left', author, body: { users: [author] } });
      commit(draft, log, { kind: 'message.sent', author, body: { text: 'one more' } });
    },
  },
  snapshot: {
    'a summary has a wrong name': (draft) => describeAs(draft, { name: 'another' }),
    'a summary has a wrong role': (draft) => describeAs(draft, { role: 'moderator' }),
    'a summary has a member too many': (draft) => describeAs(draft, { members: 77 }),
    'a summary is as of an entry that is not there': (draft) => describeAs(draft, { head: 1_000 }),
  },
  converges: {
    'a tab shows what is from before the log begins': stayOnTab,
    'a followed thread is not listed': listOneLess,
    'a followed thread ends with another answer': endWithAnother,
    'an open thread lacks its last answer': showOneLess,
    'an open thread is followed, and is shown as if it were not, or the other way round': followOtherwise,
    'a tab lacks an item': (draft) => {
      const { shown } = first(shownOn(draft));
      shown.items = (shown.items ?? []).slice(0, -1);
    },
    'a tab shows another text': (draft) => {
      for (const { shown } of shownOn(draft)) for (const item of shown.items ?? []) item.text = 'another';
    },
    'a tab lacks a reaction': (draft) => {
      for (const item of reactedItems(draft)) delete item.reactions;
    },
    'a tab takes the reaction of another for the own': (draft) => {
      for (const item of reactedItems(draft)) item.reactions = item.reactions?.map((one) => `${one} mine`) ?? [];
    },
    'a tab lacks a pin': (draft) => {
      for (const item of pinnedItems(draft)) delete item.pinned;
    },
    'a tab lacks the votes in a poll': (draft) => {
      for (const { shown } of shownOn(draft)) for (const item of shown.items ?? []) delete item.poll;
    },
    'a tab lacks the answers to a message': (draft) => {
      for (const { shown } of shownOn(draft)) for (const item of shown.items ?? []) delete item.answers;
    },
    'a tab lacks a conversation': (draft) => first(shownOn(draft)).tab.conversations.splice(0),
    'a tab shows a conversation that is not there': (draft) => {
      const { tab, shown } = first(shownOn(draft));
      tab.conversations.push({ ...shown, conversation: 'nowhere' });
    },
    'a tab has another role for a member': (draft) => {
      const { shown } = first(shownOn(draft));
      shown.members = shown.members.map((member) => member.replace(/ .*/, ' reader'));
    },
    'what somebody hid is shown to them': (draft) => {
      const { shown, entry } = first(hiddenMessages(draft));
      const item = { seq: entry.seq, kind: entry.kind, author: entry.author ?? null, text: String(entry.body.text) };
      shown.items = [...(shown.items ?? []), item].sort((one, other) => one.seq - other.seq);
    },
    'a window lacks an item': ({ end }) => {
      for (const window of end.tabs.flatMap(({ windows }) => windows)) window.items.splice(1, 1);
    },
    'a tab is not connected': ({ end }) => {
      first(end.tabs).connection = 'waiting';
    },
    'no tab of a device leads': ({ end }) => {
      first(end.tabs).isLeading = false;
    },
    'a message waits for ever': ({ end }) => {
      for (const tab of end.tabs) for (const item of tab.unsent) item.status = 'sending';
    },
  },
  counts: {
    'a tab counts one more unread': (draft) => {
      first(shownOn(draft)).shown.unread += 1;
    },
    'a reaction counts one too many': (draft) => {
      const { committed, entry } = first(reactions(draft));
      for (const one of [committed, entry]) one.body = { ...one.body, count: Number(one.body.count) + 1 };
    },
    'a reaction forgets what else stands there': (draft) => {
      const { committed, entry } = first(reactions(draft));
      for (const one of [committed, entry]) one.body = { ...one.body, reactions: [] };
    },
    'a pin changes nothing': (draft) => {
      const { log, entry } = first(pins(draft));
      const { kind, author, body } = entry;
      commit(draft, log, { kind, author, body });
    },
    'a reaction changes nothing': (draft) => {
      const { log, entry } = first(reactions(draft));
      const { kind, author, body } = entry;
      commit(draft, log, { kind, author, body });
    },
    'a client counted otherwise than its server, and does not say when': countSilently,
    'a client counted more than its server': countMore,
    'a server counted more than a client, and than had disappeared': countLess,
    'what has had its time is counted': stayCounted,
    'a followed thread has one more unread': countOneMore,
    'a followed thread has one more mention': nameOneMore,
  },
  apart: {
    'something is written to somebody who is blocked': (draft) => {
      const { log, author } = first(blockedPairs(draft));
      commit(draft, log, { kind: 'message.sent', author, body: { text: 'in spite of it' } });
    },
  },
  found: {
    'a message is not found': ({ end }) => {
      first(end.found.filter(({ hits }) => (hits ?? []).length > 0)).hits?.pop();
    },
    'a message is found that has not what was searched for': ({ end }) => {
      const [one, other] = end.found.filter(({ hits }) => (hits ?? []).length > 0);
      if (!one || !other || one.word === other.word) throw new NothingThere('fewer than two words are found');
      one.hits?.push(...(other.hits ?? []));
    },
    'a message is found twice': ({ end }) => {
      const { hits } = first(end.found.filter((found) => (found.hits ?? []).length > 0));
      hits?.push(hits[0] ?? '');
    },
    'a search is not answered': ({ end }) => {
      first(end.found).hits = null;
    },
  },
  erased: {
    'a log begins with what has had its time': stayInLog,
    'what has had its time is in the store of a member': stayInStore,
    'a text that was deleted is in the log': leaveInLog,
    'a text that was deleted is in the log, in an edit': leaveInEdit,
    'a text that was deleted is shown': leaveOnTab,
    'a text that was deleted is in the store of a member': leaveInStore,
    'a text that was deleted is in the store of a member, in an edit': leaveEditInStore,
  },
  'no-faults': {
    'something was thrown': ({ end }) => {
      end.errors.push('thrown: TypeError');
    },
  },
};

function describeAs(draft: Draft, summary: Partial<DraftEvent<'described'>['summaries'][number]>): void {
  const { summaries } = first(eventsOf(draft, 'described').filter((event) => event.summaries.length > 0));
  for (const one of summaries) Object.assign(one, summary);
}
