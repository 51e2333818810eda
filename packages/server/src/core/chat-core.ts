// The core put together: every part gets what it needs here and nowhere else. It holds no rules of its own.
import {
  type ClientSignal,
  type CommandName,
  type ConversationId,
  type Hello,
  type OperationParams,
  type Params,
  type Result,
  type ServerFrame,
  type SessionId,
  TIMES,
  toId,
  type User,
  type UserId,
  type WorkspaceId,
} from '@kith/protocol';
import { Invocations, type SlashFrame } from './apps/slash-commands/invocations.js';
import { SlashCommands } from './apps/slash-commands/slash-commands.js';
import type { SlashStore } from './apps/slash-commands/slash-store.js';
import type { Bus } from './bus.js';
import type { Caller, ChatService, Stream } from './chat.js';
import type { Clock, Random } from './clock.js';
import { createCommands } from './commands.js';
import { Conversations, type Reservations } from './conversations.js';
import type { Seen } from './directory.js';
import { DisappearingWorker } from './disappearing/disappearing-worker.js';
import type { DueMessages } from './disappearing/due-messages.js';
import { unexpired } from './disappearing/unexpired-log.js';
import { circleOf } from './guests.js';
import { summariesShownTo } from './hides/hides.js';
import { type InviteDirectory, Invites, type InvitesPorts } from './invites/invites.js';
import { Later } from './later/later.js';
import type { LaterStore } from './later/later-store.js';
import { LaterWorker } from './later/later-worker.js';
import { KnownChoices } from './live/choices.js';
import { LastSeen } from './live/last-seen.js';
import { MarksGatherer, wantedMarks } from './live/marks.js';
import { type MarksFrame, OwnReads } from './live/own-reads.js';
import { OwnThreads, type ThreadFrame } from './live/own-threads.js';
import { Presence, type PresenceMessage } from './live/presence.js';
import { Repair } from './live/repair.js';
import type { Route } from './live/route.js';
import { Router } from './live/router.js';
import { peopleIn, signalSeen, type Told } from './live/seen-signals.js';
import { outgoing, type Sink } from './live/sink.js';
import { Streams } from './live/streams.js';
import type { NodeMessage, Topic } from './live/topics.js';
import { Typing } from './live/typing.js';
import type { ConversationLog } from './log.js';
import { requireActive } from './people.js';
import type { Author, Principal } from './principal.js';
import { type Privacies, summariesSeen } from './privacy.js';
import { Reach } from './reach.js';
import { RetentionPolicies } from './retention/policies.js';
import { retained } from './retention/retained-log.js';
import type { RetentionStore } from './retention/retention-store.js';
import { RetentionWorker } from './retention/retention-worker.js';
import type { SearchIndex } from './search/search-index.js';
import { sendAs } from './sending.js';
import { conversationFrame, toSummary } from './summaries.js';
import { reportFailure, type Telemetry } from './telemetry.js';
import { Writer } from './writer.js';

export type ChatPorts = {
  readonly log: ConversationLog;
  readonly bus: Bus;
  readonly directory: InviteDirectory &
    Reservations & {
      seen(workspace: WorkspaceId, people: readonly Seen[]): Promise<void>;
      lastSeen(workspace: WorkspaceId, users: readonly UserId[]): Promise<readonly Seen[]>;
    };
  readonly search: SearchIndex;
  readonly secrets: InvitesPorts['secrets'];
  readonly later: LaterStore;
  readonly due: DueMessages;
  readonly retention: RetentionStore;
  /** How many days messages are kept in workspaces that have set nothing; null, and by default, for ever. */
  readonly retentionDays?: number | null;
  readonly slash: SlashStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly telemetry: Telemetry;
  /** This node's name among the others. */
  readonly node: string;
  /** From one ping of a connection to the next: clients are told. By default the contract's own. */
  readonly heartbeatMs?: number;
  /** How long after it was sent a message may be edited, in milliseconds; 0, and by default, for ever. */
  readonly editWindowMs?: number;
  /** Told that something was asked by a slash command, and waits for its bot. */
  readonly onInvoked?: () => void;
  /** Whether the disk has room for what is scheduled. By default there is. */
  readonly hasRoom?: () => boolean;
  /** Told of sessions that ended, here or elsewhere, beside their streams. */
  readonly onSessionsEnded?: (sessions: readonly SessionId[]) => void;
};

type Handlers = ReturnType<typeof createCommands>;
/** What the devices of one person are told. */
type PersonFrame = MarksFrame | ThreadFrame | SlashFrame;

export class ChatCore implements ChatService {
  readonly #ports: ChatPorts;
  readonly #router: Router;
  readonly #streams: Streams;
  readonly #marks: MarksGatherer;
  readonly #typing: Typing;
  readonly #presence: Presence;
  readonly #ownReads: OwnReads;
  readonly #ownThreads: OwnThreads;
  readonly #repair: Repair;
  readonly #choices: KnownChoices;
  readonly #handlers: Handlers;
  readonly conversations: Conversations;
  readonly invites: Invites;
  readonly slashCommands: SlashCommands;
  readonly invocations: Invocations;
  /** Does what is scheduled. Whoever wants that starts it, and stops it before the rest. */
  readonly laterWorker: LaterWorker;
  /** Erases messages whose time has come, likewise. */
  readonly disappearingWorker: DisappearingWorker;
  /** Moves the start of logs whose oldest messages have had their time, likewise. */
  readonly retentionWorker: RetentionWorker;
  readonly policies: RetentionPolicies;

  constructor(ports: ChatPorts) {
    this.#ports = ports;
    const { bus, directory, clock, random, telemetry, node } = ports;
    this.policies = new RetentionPolicies({ store: ports.retention, clock, standardDays: ports.retentionDays ?? null });
    const { policies } = this;
    const log = unexpired(retained(ports.log, { policies, clock }), clock);
    const choices = new KnownChoices({ log, telemetry });
    this.#choices = choices;
    this.#router = new Router({
      log,
      bus,
      clock,
      telemetry,
      announce: async ({ user, workspace }, summary, pushedAfter) => {
        const [shown = summary] = await summariesShownTo(log, { user }, [summary]);
        const [seen] = await summariesSeen(choices, user, [toSummary(shown, pushedAfter)] as const);
        return conversationFrame(directory, workspace, seen ?? toSummary(shown, pushedAfter));
      },
      onMessage: (topic, message) => this.#takeMessage(topic, message),
      onGap: () => this.#pollSoon(),
    });
    const router = this.#router;
    const reach = new Reach(log, choices);
    const writer = new Writer(log, reach, {
      announce: (entries) => {
        choices.wrote(entries);
        router.publish(entries);
      },
      seated: (user, conversation) => router.publishReader(user, conversation),
    });
    this.invites = new Invites({ log, writer, directory, secrets: ports.secrets, clock, random });
    this.conversations = new Conversations({ log, writer, reservations: directory, clock, random });
    this.#presence = new Presence({
      clock,
      telemetry,
      node,
      tell: (user, message) => bus.publish(`p:${user}`, JSON.stringify(message)),
      listen: (user, take) =>
        bus.subscribe(
          `p:${user}`,
          (text) => take(JSON.parse(text) as PresenceMessage),
          () => {},
        ),
      lastSeen: new LastSeen({ directory, clock, telemetry }),
      privacies: (users) => choices.load(users),
      existing: async (principal, users) => {
        const circle = await circleOf({ log, profiles: directory }, principal);
        const seen = circle === null ? users : users.filter(circle.isPresent);
        const people = await directory.users(principal.workspace, seen);
        return new Set(people.map(({ id }) => toId<UserId>(id)));
      },
    });
    choices.onChange((user, before) => this.#presence.chosen(user, before));
    this.#marks = new MarksGatherer({
      log,
      clock,
      telemetry,
      tellHere: (conversation, frame, told) => this.#signalMembers(conversation, frame, told),
      tellNodes: (id, frame, told) => {
        this.#router.tell({ kind: 'conversation', id }, { type: 'tell', frame, from: node, ...told });
      },
      tellPerson: (user, frame) => this.#tellPerson(user, frame),
    });
    this.#typing = new Typing({
      log,
      clock,
      telemetry,
      tellMembers: (conversation, frame) => this.#tellMembers(conversation, frame),
    });
    this.disappearingWorker = new DisappearingWorker({ due: ports.due, writer, clock, random, telemetry });
    this.retentionWorker = new RetentionWorker({
      ...{ store: ports.retention, log: ports.log, index: ports.search, policies, clock, random, telemetry },
    });
    const { conversations } = this;
    const [marks, typing, presence, store] = [this.#marks, this.#typing, this.#presence, ports.later];
    const later = new Later({ store, log, writer, conversations, profiles: directory, clock, telemetry });
    const send = async (author: Author, params: Params<'message.send'>) => {
      await requireActive(directory, author);
      return sendAs({ writer, marks }, author, { params, nowMs: clock.now(), source: null });
    };
    this.laterWorker = new LaterWorker({
      ...{ store, later, writer, clock, telemetry, send, hasRoom: ports.hasRoom ?? (() => true) },
      selfOf: (author) => conversations.self(author),
    });
    this.slashCommands = new SlashCommands({
      ...{ store: ports.slash, log, reach, directory, clock, random },
      onInvoked: () => ports.onInvoked?.(),
    });
    const tell = (user: UserId, frame: SlashFrame) => this.tellOfSlash(user, frame);
    this.invocations = new Invocations({ store: ports.slash, log, profiles: directory, clock, send, tell });
    this.#handlers = createCommands({
      ...{ log, writer, conversations, marks, typing, presence, choices, profiles: directory, clock },
      ...{ invites: this.invites, slashCommands: this.slashCommands, invocations: this.invocations },
      ...{ search: ports.search, later, policies, telemetry },
      tellThread: (user, frame) => this.#tellPerson(user, frame),
      editWindowMs: ports.editWindowMs ?? 0,
    });
    this.#streams = new Streams({
      log,
      router,
      conversations,
      presence,
      choices,
      profiles: directory,
      clock,
      random,
      heartbeatMs: ports.heartbeatMs ?? TIMES.heartbeatMs,
      capabilities: [],
    });
    this.#ownReads = new OwnReads({ log, router });
    this.#ownThreads = new OwnThreads({ log, router });
    this.#repair = new Repair({
      ...{ log, router, clock, telemetry },
      ownReads: this.#ownReads,
      onChanged: (conversations) => choices.changed(conversations),
      ownThreads: this.#ownThreads,
      onRevoked: (sessions) => this.#endSessions(sessions),
    });
  }

  start(): Promise<void> {
    return this.#repair.start();
  }

  /** Writes the marks on their way and lets go of everything. Streams are the edge's to close, before. */
  async stop(): Promise<void> {
    await this.#repair.stop();
    await this.#marks.stop();
    this.#typing.stop();
    await this.#presence.stop();
    this.#router.stop();
  }

  get routes(): Router['routes'] {
    return this.#router.routes;
  }

  get counts(): Router['counts'] {
    return this.#router.counts;
  }

  execute<N extends CommandName>(caller: Caller, name: N, params: Params<N>): Promise<Result<N>> {
    return this.#handlers[name](caller, params);
  }

  signal({ principal }: Caller, signal: ClientSignal): void {
    if (signal.name === 'typing') {
      this.#typing.typed(principal, toId<ConversationId>(signal.conversation)).catch((error: unknown) => {
        this.#ports.telemetry.warn('a typing signal was dropped', { reason: String(error) });
      });
    } else {
      const { conversation, wanted } = wantedMarks(signal);
      this.#marks.raise(principal.user, conversation, wanted);
    }
  }

  async setMarks({ principal }: Caller, params: OperationParams<'marks.set'>): Promise<null> {
    const { conversation, wanted } = wantedMarks(params);
    await this.#marks.set(principal, conversation, wanted);
    return null;
  }

  open(principal: Principal, hello: Hello, sink: Sink): Promise<Stream> {
    return this.#streams.open(principal, hello, sink);
  }

  revoked(user: UserId, session: SessionId): void {
    this.#streams.endSession(user, session);
    this.#router.tell({ kind: 'user', id: user }, { type: 'revoked', session });
  }

  /** A profile changed: those who share a conversation with the person are told its new version. */
  profileChanged(user: Pick<User, 'id' | 'version'>): void {
    const { id, version } = user;
    const frame: ServerFrame = { type: 'signal', name: 'user', users: [{ id, version }] };
    this.#ports.log
      .conversationsOf(toId<UserId>(id))
      .then((heads) => {
        // Of readers nobody is told anything.
        const places = heads.filter(({ isReader }) => !isReader);
        for (const head of places.slice(0, 200)) this.#tellMembers(head.id, frame);
      })
      .catch((error: unknown) =>
        this.#ports.telemetry.warn('a profile change was not told', { reason: String(error) }),
      );
  }

  /** What all open streams of a person are told of slash commands, once. */
  tellOfSlash(user: UserId, frame: SlashFrame): void {
    this.#tellPerson(user, frame);
  }

  #tellMembers(conversation: ConversationId, frame: ServerFrame): void {
    this.#signalMembers(conversation, frame);
    this.#router.tell({ kind: 'conversation', id: conversation }, { type: 'tell', frame });
  }

  #tellPerson(user: UserId, frame: PersonFrame): void {
    this.#tellDevices(user, frame);
    this.#router.tell({ kind: 'user', id: user }, { type: 'tell', frame });
  }

  /** Those on this node. */
  #tellDevices(user: UserId, frame: PersonFrame): void {
    if (frame.name === 'thread') this.#ownThreads.tell(user, frame);
    else if (frame.name === 'marks') this.#ownReads.tell(user, frame);
    else {
      const { conversation } = frame.name === 'answer' ? frame.answer : frame.invocation;
      this.#router.routeOf(user)?.signal(toId(conversation), outgoing(frame));
    }
  }

  #signalMembers(conversation: ConversationId, frame: ServerFrame, told: Told = {}): void {
    const routes = this.#listeners(conversation, frame);
    if (routes.length === 0) return;
    const people = [...peopleIn(frame), ...routes.map(({ user }) => user)];
    const known = this.#choices.known(people);
    if (known) this.#signalSeen(conversation, frame, { ...told, known });
    else {
      this.#choices
        .load(people)
        .then((read) => this.#signalSeen(conversation, frame, { ...told, known: read }))
        .catch((error: unknown) => reportFailure(this.#ports.telemetry, 'a signal was dropped', error));
    }
  }

  /** What members do beside writing is told to members; profiles are everyone's. */
  #listeners(conversation: ConversationId, frame: ServerFrame): readonly Route[] {
    const routes = [...(this.#router.feedOf(conversation)?.routes ?? [])];
    const isOfMembers = frame.type === 'signal' && (frame.name === 'typing' || frame.name === 'marks');
    return isOfMembers ? routes.filter((route) => !route.isReading(conversation)) : routes;
  }

  /** Everyone gets of a signal what they may see. */
  #signalSeen(conversation: ConversationId, frame: ServerFrame, told: Told & { readonly known: Privacies }): void {
    const out = outgoing(frame);
    for (const route of this.#listeners(conversation, frame)) {
      const seen = signalSeen(frame, route.user, told);
      if (seen === frame) route.signal(conversation, out);
      else if (seen !== null) route.signal(conversation, outgoing(seen));
    }
  }

  /** What another node said. It was written by this same code: its shape is known by its type. */
  #takeMessage(topic: Topic, message: NodeMessage): void {
    if (message.type === 'tell') {
      const frame = message.frame as ServerFrame;
      if (topic.kind === 'user') this.#tellDevices(toId<UserId>(topic.id), frame as PersonFrame);
      else if (frame.type === 'signal' && frame.name === 'marks') this.#marks.heard(frame, message as Told);
      else this.#signalMembers(toId<ConversationId>(topic.id), frame);
    } else if (message.type === 'revoked') {
      this.#endSessions([message.session as SessionId]);
    } else if (message.type === 'replaced') {
      const { instance, except } = message as { instance?: unknown; except?: unknown };
      if (typeof instance === 'string' && typeof except === 'string') {
        this.#streams.endInstance(toId<UserId>(topic.id), { instance, except });
      }
    }
  }

  #endSessions(sessions: readonly SessionId[]): void {
    this.#ports.onSessionsEnded?.(sessions);
    const ended = new Set(sessions);
    for (const route of this.#router.routes) {
      for (const stream of route.streams) if (ended.has(stream.session)) stream.sink.close('session_revoked');
    }
  }

  #pollSoon(): void {
    this.#repair.poll().catch((error: unknown) => {
      this.#ports.telemetry.warn('the change feed did not answer', { reason: String(error) });
    });
  }
}
