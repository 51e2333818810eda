// The table of commands: one handler for each name of the contract. A command that is missing here does not compile.
import {
  ChatError,
  type CommandName,
  type ConversationId,
  type Key,
  LIMITS,
  type Params,
  type Result,
  toId,
  type UserId,
} from '@kith/protocol';
import { requireMayGather, requireReader } from './access.js';
import { deleteMessage, editMessage, readHistory } from './amendments.js';
import type { Invocations } from './apps/slash-commands/invocations.js';
import type { SlashCommands } from './apps/slash-commands/slash-commands.js';
import { joinChannel, listChannels } from './channels.js';
import type { Caller } from './chat.js';
import type { Clock } from './clock.js';
import { updateConversation } from './conversation-settings.js';
import type { Conversations } from './conversations.js';
import { standingOf } from './followers.js';
import { readSource } from './forwarding.js';
import { circleOf, requireInCircle, searchCircle } from './guests.js';
import { hideMessage, readHidden, summariesShownTo } from './hides/hides.js';
import type { Invites } from './invites/invites.js';
import type { Later } from './later/later.js';
import type { KnownChoices } from './live/choices.js';
import type { MarksGatherer } from './live/marks.js';
import { OpenStream } from './live/open-stream.js';
import { type ThreadFrame, threadFrame } from './live/own-threads.js';
import type { Presence } from './live/presence.js';
import type { Typing } from './live/typing.js';
import type { ConversationLog, ConversationRecord, LogSummary, SummaryQuery } from './log.js';
import { addMember, changeRole, removeMember } from './members.js';
import { readChanges, readMessages, readPage } from './messages.js';
import { namedInEntries, namedInItems, namedInSummaries, type Profiles, readUsers, type UsersById } from './people.js';
import { PeopleSearch } from './people-search.js';
import { readPins, setPin } from './pins.js';
import { closePoll, readVotes, vote } from './polls.js';
import type { Principal } from './principal.js';
import { marksSeen, sightOf, summariesSeen } from './privacy.js';
import { readQuotes, withQuoted } from './quotes.js';
import { readReactors, setReaction } from './reactions.js';
import { listReaders, seenBy } from './readers.js';
import type { RetentionPolicies } from './retention/policies.js';
import { searchMessages } from './search/search.js';
import type { SearchIndex } from './search/search-index.js';
import { sendAs } from './sending.js';
import { personNamed, readSetting, readSettings, Settings } from './settings.js';
import { toSummary } from './summaries.js';
import type { Telemetry } from './telemetry.js';
import { followThread, listThreads } from './threads.js';
import type { Writer } from './writer.js';

export type CommandPorts = {
  readonly log: ConversationLog;
  readonly writer: Writer;
  readonly conversations: Conversations;
  readonly marks: MarksGatherer;
  readonly typing: Typing;
  readonly presence: Presence;
  readonly choices: KnownChoices;
  readonly profiles: Profiles;
  readonly invites: Invites;
  readonly slashCommands: SlashCommands;
  readonly invocations: Invocations;
  readonly search: SearchIndex;
  readonly policies: RetentionPolicies;
  readonly later: Later;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** Tells all devices of a person how they stand to a thread. */
  readonly tellThread: (user: UserId, frame: ThreadFrame) => void;
  /** How long after it was sent a message may be edited; 0 for ever. */
  readonly editWindowMs: number;
};

type Handlers = { readonly [N in CommandName]: (caller: Caller, params: Params<N>) => Promise<Result<N>> };

export function createCommands(ports: CommandPorts): Handlers {
  const { log, writer, conversations, marks, typing, presence, choices, profiles, search, later, clock } = ports;
  const { invites, slashCommands, invocations, editWindowMs } = ports;
  const settings = new Settings(log, writer);
  const people = new PeopleSearch({ log, profiles, choices, conversations, clock });

  const seen = (principal: Principal): ConversationLog => seenBy(log, principal);

  /** @throws not_found */
  async function recordFor(principal: Principal, conversation: ConversationId): Promise<ConversationRecord> {
    const record = (await seen(principal).records([conversation])).get(conversation) ?? null;
    return requireReader(record, principal).record;
  }

  async function summaryOf(principal: Principal, conversation: ConversationId): Promise<LogSummary> {
    // The record tells the workspace; the summary alone would be found by anyone who ever was a member.
    await recordFor(principal, conversation);
    const summary = await log.summary(conversation, principal.user);
    if (!summary) throw new ChatError('not_found', 'no such conversation');
    const [shown = summary] = await summariesShownTo(log, principal, [summary]);
    return shown;
  }

  async function described(principal: Principal, conversation: ConversationId): Promise<Result<'conversation.read'>> {
    const summary = await summaryOf(principal, conversation);
    const users = await readUsers(profiles, principal.workspace, namedInSummaries([summary]));
    const [seen = summary] = await summariesSeen(choices, principal.user, [summary]);
    return { summary: toSummary(seen, summary.head), users };
  }

  async function requirePeople(principal: Principal, ids: readonly string[]): Promise<UsersById> {
    const users = await readUsers(profiles, principal.workspace, ids);
    const missing = ids.filter((id) => !(id.toLowerCase() in users));
    if (missing.length > 0) throw new ChatError('not_found', `no such person: ${missing[0]}`);
    return users;
  }

  /** Those who may be added to a group or channel. @throws not_found, conflict */
  async function requireAddable(principal: Principal, ids: readonly string[]): Promise<void> {
    const users = await requirePeople(principal, [...ids, principal.user]);
    const own = users[principal.user];
    if (own !== undefined) requireMayGather(own);
    const isGone = ids.some((id) => users[id.toLowerCase()]?.deactivated);
    if (isGone) throw new ChatError('conflict', 'the account of this person is deactivated');
  }

  const keyOf = (key: string | undefined): Key => (key === undefined ? conversations.makeKey() : toId<Key>(key));

  return {
    'message.send': async ({ principal }, params) => {
      const source = params.forward ? await readSource(seen(principal), principal, params.forward) : null;
      const written = await sendAs({ writer, marks }, principal, { params, nowMs: clock.now(), source });
      typing.ended(principal.user, toId(written.conversation));
      return written;
    },
    'message.edit': ({ principal }, params) => {
      const policy = { nowMs: clock.now(), windowMs: editWindowMs };
      return editMessage(writer, principal, { params, key: keyOf(params.key), policy });
    },
    'message.delete': ({ principal }, params) => deleteMessage(writer, principal, { params, key: keyOf(params.key) }),
    'message.hide': ({ principal }, params) => hideMessage(ports, principal, { params, key: keyOf(params.key) }),
    'hidden.read': ({ principal }, params) => readHidden(ports, principal, params),
    'message.history': async ({ principal }, params) => {
      const { entries, ...history } = await readHistory(seen(principal), principal, params);
      const users = await readUsers(profiles, principal.workspace, namedInEntries(entries));
      return { ...history, entries: [...entries], users };
    },
    'reaction.set': ({ principal }, params) =>
      setReaction(writer, principal, { params, key: keyOf(params.key), nowMs: clock.now() }),
    'reactions.read': async ({ principal }, params) => {
      const { items, next } = await readReactors(seen(principal), principal, {
        params,
        after: parsePosition(params.cursor),
      });
      const users = await readUsers(
        profiles,
        principal.workspace,
        items.map(({ user }) => user),
      );
      return { items: [...items], next, users };
    },
    'poll.vote': ({ principal }, params) => vote(ports, principal, { params, key: keyOf(params.key) }),
    'poll.close': ({ principal }, params) => closePoll(writer, principal, { params, key: keyOf(params.key) }),
    'votes.read': async ({ principal }, params) => {
      const { items, next } = await readVotes(seen(principal), principal, {
        params,
        after: parsePosition(params.cursor),
      });
      const named = items.map(({ user }) => user);
      return { items: [...items], next, users: await readUsers(profiles, principal.workspace, named) };
    },
    'message.schedule': ({ principal }, params) => later.schedule(principal, params),
    'reminder.set': ({ principal }, params) => later.remind(principal, { ...params, key: keyOf(params.key) }),
    'scheduled.read': ({ principal }) => later.read(principal),
    'scheduled.update': ({ principal }, params) => later.update(principal, params),
    'scheduled.cancel': ({ principal }, params) => later.cancel(principal, params),
    'message.pin': ({ principal }, params) => setPin(writer, principal, { params, key: keyOf(params.key) }),
    'pins.read': async ({ principal }, params) => {
      const at = params.cursor === undefined ? {} : { before: parsePosition(params.cursor) };
      const page = await readPins(seen(principal), principal, { params, ...at });
      return { ...page, users: await readUsers(profiles, principal.workspace, namedInItems(page.items)) };
    },
    'conversation.create': async ({ principal }, params) => {
      if (params.kind === 'direct') requireInCircle(await circleOf(ports, principal), params.members);
      await (params.kind === 'direct' ? requirePeople : requireAddable)(principal, params.members);
      const { conversation, duplicate } = await conversations.create(principal, params);
      return { ...(await described(principal, conversation)), duplicate };
    },
    'conversation.update': async ({ principal }, params) => {
      const policy = await ports.policies.of(principal.workspace);
      return updateConversation(writer, principal, { params, key: keyOf(params.key), policy });
    },
    'conversation.read': ({ principal }, params) => described(principal, toId(params.conversation)),
    'conversations.list': async ({ principal, stream }, params) => {
      const page = await log.summaries(listQuery(principal, params));
      const shown = page.hides ? await summariesShownTo(log, principal, page.summaries) : page.summaries;
      const summaries = await summariesSeen(choices, principal.user, shown);
      const items = summaries.map((summary) => toSummary(summary, summary.head));
      const users = await readUsers(profiles, principal.workspace, namedInSummaries(items));
      const isLast = page.next === null;
      if (isLast && stream instanceof OpenStream) stream.routed.isListed = true;
      return { items, next: page.next, since: isLast ? page.cursor : null, users };
    },
    'channels.list': async ({ principal }, params) => {
      const page = await listChannels(log, principal, params);
      const isGuest = (await circleOf(ports, principal)) !== null;
      return isGuest ? { ...page, items: page.items.filter(({ role }) => role !== 'none') } : page;
    },
    'channel.join': async ({ principal }, params) => {
      const isGuest = (await circleOf(ports, principal)) !== null;
      return joinChannel(writer, principal, { params, key: keyOf(params.key), isGuest, nowMs: clock.now() });
    },
    'member.add': async ({ principal }, params) => {
      await requireAddable(principal, [params.user]);
      return addMember(writer, principal, { params, key: keyOf(params.key), nowMs: clock.now() });
    },
    'member.remove': ({ principal }, params) =>
      removeMember(writer, principal, { params, key: keyOf(params.key), nowMs: clock.now() }),
    'member.role': ({ principal }, params) =>
      changeRole(writer, principal, { params, key: keyOf(params.key), nowMs: clock.now() }),
    'invite.create': ({ principal }, params) => invites.create(principal, params),
    'invite.accept': ({ principal }, { code, key }) => invites.accept(principal, { code, key: keyOf(key) }),
    'invites.list': ({ principal }, params) => invites.list(principal, params),
    'invite.revoke': ({ principal }, params) => invites.revoke(principal, params),
    'commands.list': ({ principal }, params) => slashCommands.list(principal, params),
    'command.invoke': ({ principal }, params) => slashCommands.invoke(principal, params),
    'invocations.read': ({ principal }) => invocations.read(principal),
    'invocation.take': ({ principal }, params) => invocations.take(principal, params),
    'invocation.answer': ({ principal }, params) => invocations.answer(principal, params),
    'members.read': async ({ principal }, params) => {
      const conversation = toId<ConversationId>(params.conversation);
      if (params.readers) return listReaders({ log: seen(principal), profiles }, principal, params);
      const record = await recordFor(principal, conversation);
      const after = parsePosition(params.cursor);
      const limit = params.limit ?? LIMITS.readPage;
      const present = [...record.state.members]
        .filter(([, member]) => member.left === null && member.ordinal > after)
        .sort(([, one], [, other]) => one.ordinal - other.ordinal);
      const page = present.slice(0, limit);
      const items = page.map(([user, { role, joined }]) => ({ user, role, joined }));
      const users = await readUsers(
        profiles,
        principal.workspace,
        items.map(({ user }) => user),
      );
      return { items, next: present.length > limit ? String(page.at(-1)?.[1].ordinal) : null, users };
    },
    'entries.read': async ({ principal }, params) => {
      const { epoch, after = 0, limit = LIMITS.readPage } = params;
      const range = { epoch, conversation: toId<ConversationId>(params.conversation), after, limit };
      const page = await (params.changesOnly
        ? readChanges(seen(principal), principal, range)
        : readPage(seen(principal), principal, { ...range, from: 'lower' }));
      const { first, head, entries } = page;
      return { epoch: page.record.state.epoch, first, head, entries: [...entries] };
    },
    'messages.read': async ({ principal }, params) => {
      const read = await readMessages(seen(principal), principal, params);
      const page = await withQuoted(seen(principal), principal, { page: read, conversation: params.conversation });
      const named = namedInItems([...page.items, ...(page.quoted ?? [])]);
      return { users: await readUsers(profiles, principal.workspace, named), ...page };
    },
    'quotes.read': async ({ principal }, params) => {
      const page = await readQuotes(seen(principal), principal, params);
      return { ...page, users: await readUsers(profiles, principal.workspace, namedInItems(page.items)) };
    },
    'threads.list': async ({ principal }, params) => {
      const page = await listThreads(seen(principal), principal, params);
      const messages = page.items.flatMap(({ message, last }) => [message, last]);
      return { ...page, users: await readUsers(profiles, principal.workspace, namedInEntries(messages)) };
    },
    'thread.follow': async ({ principal }, params) => {
      const mark = await followThread(seen(principal), principal, params);
      ports.tellThread(principal.user, threadFrame(mark));
      return standingOf(mark);
    },
    'messages.search': async ({ principal }, params) => {
      const page = await searchMessages({ log: seen(principal), index: search }, principal, params);
      const messages = page.items.map(({ message }) => message);
      return { ...page, users: await readUsers(profiles, principal.workspace, namedInItems(messages)) };
    },
    'marks.read': async ({ principal }, params) => {
      const conversation = toId<ConversationId>(params.conversation);
      await recordFor(principal, conversation);
      const limit = params.limit ?? LIMITS.readPage;
      const reached = params.seq === undefined ? {} : { reached: params.seq };
      const page = await log.marks(conversation, { after: parsePosition(params.cursor), limit, ...reached });
      const users = page.map(({ user }) => toId<UserId>(user));
      const privacies = await choices.load([principal.user, ...users]);
      const items = page.flatMap(({ user, delivered, read }) => {
        const sight = sightOf(privacies, principal.user, toId<UserId>(user));
        // Whom it has reached is told of those alone whose marks are seen.
        if (params.seq !== undefined && !sight.delivered) return [];
        return marksSeen(sight, { user, delivered, read });
      });
      return { items, next: page.length === limit ? String(page.at(-1)?.ordinal) : null };
    },
    'settings.read': async ({ principal }) => readSettings(log, await conversations.self(principal)),
    'setting.set': async ({ principal }, params) => {
      const setting = readSetting(params, principal);
      const whom = personNamed(setting);
      if (whom !== null) await requirePeople(principal, [whom]);
      const self = await conversations.self(principal);
      people.forget(principal.user);
      return settings.set(principal, { self, key: keyOf(params.key), setting });
    },
    'users.read': async ({ principal }, { ids }) => {
      const circle = await circleOf(ports, principal);
      const seen = circle === null ? ids : ids.filter((id) => circle.isKnown(id.toLowerCase()));
      return { users: Object.values(await readUsers(profiles, principal.workspace, seen)) };
    },
    'users.search': async ({ principal }, { query, limit = 20 }) => {
      const circle = await circleOf(ports, principal);
      const found =
        circle === null
          ? await people.search(principal, { query, limit })
          : await searchCircle(profiles, principal, { circle, query, limit });
      return { users: [...found] };
    },
    'presence.watch': async ({ principal, stream }, params) => {
      const users = [...new Set(params.users.map((id) => toId<UserId>(id)))];
      const states =
        stream instanceof OpenStream ? await presence.watch(stream, users) : await presence.read(principal, users);
      return { presence: [...states] };
    },
    'presence.set': async ({ stream }, { status }) => {
      if (!(stream instanceof OpenStream)) {
        throw new ChatError('bad_request', 'presence belongs to a connection: name one with Kith-Connection');
      }
      presence.set(stream, status);
      return {};
    },
  };
}

function listQuery(principal: Principal, params: Params<'conversations.list'>): SummaryQuery {
  const { workspace, user } = principal;
  const limit = Math.min(params.limit ?? LIMITS.summaryPage, LIMITS.summaryPage);
  return { workspace, user, limit, ...(params.cursor === undefined ? {} : { page: params.cursor }) };
}

function parsePosition(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  if (!/^\d{1,15}$/.test(cursor)) throw new ChatError('bad_request', 'cursor: not one that this server gave');
  return Number(cursor);
}
