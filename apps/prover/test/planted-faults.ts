// Faults that a chat system may have and that tests of single parts miss, each as a small change of the shipped source. The
// prover has to find every one of them, or it proves nothing.
import type { Law } from '../src/laws/law.js';

export type PlantedFault = {
  readonly name: string;
  /** What goes wrong, in a sentence. */
  readonly what: string;
  /** The laws by which it may show first. */
  readonly laws: readonly Law[];
  /** Below the root of the repository. */
  readonly file: string;
  /** Stands in the file once, and is replaced. */
  readonly find: string;
  readonly put: string;
  /** A rare find: where the search begins, shortly before where it was found from 1 on, so that the test is short. By default 1. */
  readonly seed?: number;
  /** Left to `npm run nightly`: it is rare, or another one is of its kind. */
  readonly isNightly?: true;
};

export const PLANTED_FAULTS: readonly PlantedFault[] = [
  {
    name: 'epoch-ignored-on-a-command',
    isNightly: true,
    seed: 160,
    what: 'A command that names a number of an earlier life of the log is done to what has that number now.',
    laws: ['one-number'],
    file: 'packages/server/src/core/access.ts',
    find: 'if (epoch !== undefined && epoch !== record.state.epoch) {',
    put: 'if (epoch !== undefined && epoch > record.state.epoch) {',
  },
  {
    name: 'cursor-from-a-bare-sequence',
    isNightly: true,
    seed: 1000,
    what: 'A mark of the change feed is the newest transaction, whatever older ones are still open.',
    laws: ['converges', 'counts', 'found'],
    file: 'packages/server/src/store/postgres/changes.ts',
    find: 'xid: moment.low })',
    put: 'xid: moment.high })',
  },
  {
    name: 'duplicate-check-skipped',
    what: 'The log does not look whether a key is known.',
    laws: ['one-number'],
    file: 'packages/server/src/store/memory/log.ts',
    find: 'if (conversation?.keys.has(keyOf(write))) return firstAnswer(conversation, write);',
    put: '',
  },
  {
    name: 'duplicate-check-before-the-insert',
    isNightly: true,
    what: 'The log looks whether a key is known when a write arrives, and not any more when it is its turn.',
    laws: ['one-number'],
    file: 'packages/server/src/store/memory/log.ts',
    find: `    const turn = before.then(this.#delay).then(() => onGrounds(this.#store, write, () => this.#append(write)));`,
    put: `    const early = this.#store.conversations.get(write.conversation);
    const isKnown = early?.keys.has(keyOf(write)) === true;
    const turn = before.then(this.#delay).then(() => {
      const now = this.#store.conversations.get(write.conversation);
      const own = keyOf(write);
      if (!isKnown) now?.keys.delete(own);
      return onGrounds(this.#store, write, () => this.#append(write));
    });`,
  },
  {
    name: 'ack-before-commit',
    what: 'A write is confirmed and told before it is in the store.',
    laws: ['kept'],
    file: 'packages/server/src/store/memory/log.ts',
    find: `    conversation.entries.push(...entries.map((entry) => ({ entry, change })));`,
    put: `    if (conversation.entries.length === 0) conversation.entries.push(...entries.map((entry) => ({ entry, change })));
    else void this.#delay().then(() => conversation.entries.push(...entries.map((entry) => ({ entry, change }))));`,
  },
  {
    name: 'gap-repair-dropped',
    seed: 105,
    what: 'A client that is told of a gap does not read what was left out.',
    laws: ['converges', 'counts'],
    file: 'packages/sdk/src/replica/conversation.ts',
    find: `    this.head = Math.max(this.head, head);
    this.wanted = Math.max(this.wanted, head);
  }

  /** A page of the log`,
    put: `    this.head = Math.max(this.head, head);
  }

  /** A page of the log`,
  },
  {
    name: 'mark-that-goes-back',
    isNightly: true,
    what: 'A read mark is set to what was said last, not to the highest.',
    laws: ['marks'],
    file: 'packages/server/src/store/memory/log.ts',
    find: 'const read = Math.max(before.read, Math.min(advance.read, head));',
    put: 'const read = Math.min(advance.read, head);',
  },
  {
    name: 'splice-off-by-one',
    isNightly: true,
    what: 'Of what came while a stream was opened, one entry too many is taken for known.',
    laws: ['order', 'converges'],
    file: 'packages/server/src/core/live/streams.ts',
    find: '{ epoch, seq: head }]));',
    put: '{ epoch, seq: head + 1 }]));',
  },
  {
    name: 'stale-membership-accepted',
    isNightly: true,
    what: 'Whether somebody may write is decided on the membership as it once was.',
    laws: ['members-only'],
    file: 'packages/server/src/core/access.ts',
    find: "  if (membership.last !== null) throw new ChatError('forbidden', 'you are no member of this conversation any more');\n",
    put: "  if (membership.last !== null && membership.last < membership.record.state.head) return { ...membership, role: 'member' };\n",
  },
  {
    name: 'removal-ignored-by-a-node',
    isNightly: true,
    what: 'A node goes on to push a conversation to somebody who was removed from it.',
    laws: ['members-only'],
    file: 'packages/server/src/core/live/router.ts',
    find: 'route.leave(conversation, seq);\n    this.#unfollow(route, conversation);\n',
    put: 'route.leave(conversation, seq);\n',
  },
  {
    name: 'since-stored-too-early',
    isNightly: true,
    what: 'A client keeps a cursor without the heads that it vouches for, and never asks for what lies below them.',
    laws: ['converges', 'counts'],
    file: 'packages/sdk/src/replica/conversation-record.ts',
    find: '    updatedAt,\n    head,\n',
    put: '    updatedAt,\n    head: state.head,\n',
  },
  {
    name: 'epoch-ignored',
    isNightly: true,
    what: 'A client holds on to what it has of a log that was restored.',
    laws: ['converges', 'counts', 'kept'],
    file: 'packages/sdk/src/replica/conversation.ts',
    find: 'const isSame = isKnown && this.epoch === summary.epoch && !isOpened;',
    put: 'const isSame = isKnown && !isOpened;',
  },
  {
    name: 'new-key-on-replay',
    isNightly: true,
    what: 'A message that goes again after a reconnect goes with another key.',
    laws: ['one-number', 'kept'],
    file: 'packages/sdk/src/outbox/sender.ts',
    find: 'const params = { conversation: item.conversation, ...item.params, key, ...after };',
    put: `const counted = ((this as unknown as { tries?: Map<string, number> }).tries ??= new Map());
    const tries = (counted.get(key) ?? -1) + 1;
    counted.set(key, tries);
    const again = tries === 0 ? key : key.slice(0, -1) + ((Number.parseInt(key.slice(-1), 16) + tries) % 16).toString(16);
    const params = { ...item.params, conversation: item.conversation, key: again, ...after };`,
  },
  {
    name: 'deletion-not-applied-below-what-is-in-memory',
    isNightly: true,
    what: 'A deletion does not reach the message where it is in the store alone.',
    laws: ['erased', 'converges'],
    file: 'packages/sdk/src/replica/replica.ts',
    find: '    this.#lookUp.change(conversation, entry, target);\n',
    put: '',
  },
  {
    name: 'deletion-forgets-the-edits',
    isNightly: true,
    what: 'The log takes the text out of a message that is deleted, and leaves it in its edits.',
    laws: ['kept', 'erased'],
    file: 'packages/server/src/store/memory/amendments.ts',
    find: `seq === target || (PARTS.has(kind) && body.target === target);`,
    put: `seq === target && !PARTS.has(kind) && body !== null;`,
  },
  {
    name: 'publish-is-trusted',
    isNightly: true,
    what: 'A node takes what the bus says for whole: it neither sees a hole nor asks what changed.',
    laws: ['order', 'converges'],
    file: 'packages/server/src/core/live/repair.ts',
    find: 'for (const { id, head } of changes.conversations) router.catchUp(id, head);',
    put: '',
  },
  {
    name: 'reactions-counted-by-the-request',
    isNightly: true,
    what: 'A reaction is written and counted whether or not its author has put it there already.',
    laws: ['counts'],
    file: 'packages/server/src/core/reactions.ts',
    find: 'if (on === (own !== undefined)) return { settledBy: own ?? message.reacted ?? message.entry };',
    put: '',
  },
  {
    name: 'reactions-of-everyone-are-mine',
    isNightly: true,
    what: 'A client takes the reaction of another for that of its own person.',
    laws: ['converges'],
    file: 'packages/protocol/src/amend.ts',
    find: 'kind === emoji && author === reader ? on',
    put: 'kind === emoji ? on',
  },
  {
    name: 'pins-outlive-the-unpinning',
    isNightly: true,
    what: 'A client that holds a pinned message does not hear that it was unpinned.',
    laws: ['converges'],
    file: 'packages/protocol/src/amend.ts',
    find: 'return { ...item, ...(entry.body.on === true && { pinned: placed(entry) }) };',
    put: 'return { ...item, ...(entry.body.on === true ? { pinned: placed(entry) } : _before ? { pinned: _before } : {}) };',
  },
  {
    name: 'pins-by-the-request',
    isNightly: true,
    what: 'A pin is written whether or not the message is pinned already.',
    laws: ['counts'],
    file: 'packages/server/src/core/pins.ts',
    find: 'if (on === (pinned?.on ?? false)) return { settledBy: pinned ?? entry };',
    put: '',
  },
  {
    name: 'changed-vote-counts-twice',
    isNightly: true,
    what: 'Whoever votes otherwise than before is still counted for what they chose before.',
    laws: ['counts'],
    file: 'packages/server/src/core/polls.ts',
    find: 'counts: counts.map((count, option) => count + Number(choices.includes(option)) - Number(before.includes(option))),',
    put: 'counts: counts.map((count, option) => count + Number(choices.includes(option) && !before.includes(option))),',
  },
  {
    name: 'answer-numbered-by-the-request',
    isNightly: true,
    what: 'An answer is numbered by what its sender knew of the thread, not by what stands in it.',
    laws: ['order'],
    file: 'packages/server/src/core/messages.ts',
    find: 'requireAnswerable(membership, found, nowMs).answers + 1',
    put: 'Math.min(1, requireAnswerable(membership, found, nowMs).answers) + 1',
  },
  {
    name: 'answers-not-told-of-at-their-message',
    isNightly: true,
    what: 'A client that holds a message does not change it when somebody answers it.',
    laws: ['converges'],
    file: 'packages/sdk/src/replica/apply.ts',
    find: 'const target = isMessage(entry) ? entry.body.thread : entry.body.target;',
    put: 'const target = entry.body.target;',
  },
  {
    name: 'answers-are-unread',
    isNightly: true,
    seed: 1140,
    what: 'A client counts what stands in a thread among the messages of the conversation.',
    laws: ['counts', 'converges'],
    file: 'packages/sdk/src/replica/unread.ts',
    find: 'const isCounting = isCounted(entry) &&',
    put: "const isCounting = entry.kind === 'message.sent' &&",
  },
  {
    name: 'index-forgets-the-edits',
    isNightly: true,
    what: 'The index keeps a message as it was sent, whatever it is edited to.',
    laws: ['found'],
    file: 'packages/server/src/core/search/indexer.ts',
    find: 'const documents = [...sent, ...(await this.#changed(pages))];',
    put: 'const documents = [...sent];',
  },
  {
    name: 'position-kept-before-what-is-taken',
    isNightly: true,
    what: 'A consumer of the log says how far it has got before it has got there.',
    laws: ['found'],
    file: 'packages/server/src/core/consumers/consumer.ts',
    find: `    await taker.take(whole, this.#turnFrom(beganMs));
    await store.raise(taker.name, whole.flatMap(positionAfter));`,
    put: `    await store.raise(taker.name, whole.flatMap(positionAfter));
    await taker.take(whole, this.#turnFrom(beganMs));`,
  },
  {
    name: 'search-behind-closed-history',
    isNightly: true,
    seed: 110,
    what: 'A search shows what was said before its asker came, where that was closed to them.',
    laws: ['members-only', 'found'],
    file: 'packages/server/src/core/search/search.ts',
    find: '    entry.seq < first ||\n',
    put: '',
  },
  {
    name: 'channel-that-is-private-joined',
    isNightly: true,
    seed: 2000,
    what: 'Who knows the id of a private channel joins it.',
    laws: ['members-only'],
    file: 'packages/server/src/core/channels.ts',
    find: "((record.state.settings.visibility === 'public' && !isGuest) ||",
    put: '((record.state.settings.visibility !== undefined && !isGuest) ||',
  },
  {
    name: 'beginner-follows-not',
    isNightly: true,
    what: 'Who began a thread is not made to follow it when it is answered.',
    laws: ['converges'],
    file: 'packages/server/src/core/followers.ts',
    find: '[first.author, ...(mentionsOf(first)?.users ?? [])]',
    put: '[...(mentionsOf(first)?.users ?? [])]',
  },
  {
    name: 'deleted-answer-stays-unread',
    isNightly: true,
    what: 'An app goes on counting an answer as unread that was deleted.',
    laws: ['counts'],
    file: 'packages/sdk/src/threads/standing.ts',
    find: 'names(body, me), -1)',
    put: 'names(body, me), 0)',
  },
  {
    name: 'invitation-never-used-up',
    isNightly: true,
    what: 'An invitation for two lets in whoever has its code.',
    laws: ['members-only'],
    file: 'packages/server/src/store/memory/invites.ts',
    find: '(maxUses !== null && kept.uses >= maxUses)',
    put: 'false',
  },
  {
    name: 'given-up-while-the-log-is-away',
    isNightly: true,
    what: 'What is to be sent at its time is forgotten where the log could not be reached then.',
    laws: ['kept'],
    file: 'packages/server/src/core/later/later-worker.ts',
    find: "await store.settle(item, { from, to: 'sending', due: nowMs + againMs });",
    put: "await store.settle(item, { from, to: 'cancelled', due: nowMs + againMs });",
  },
  {
    name: 'scheduled-anew',
    isNightly: true,
    what: 'What is sent at its time is sent under a key of its own, again where the answer was lost.',
    laws: ['kept', 'one-number'],
    file: 'packages/server/src/core/later/later-worker.ts',
    find: 'await this.#ports.send(item, { ...wish.body, conversation: item.conversation, key });',
    put: 'await this.#ports.send(item, { ...wish.body, conversation: item.conversation, key: key.replace(/..$/, String(10 + item.attempts)) as Key });',
  },
  {
    name: 'block-forgotten',
    isNightly: true,
    what: 'Who is blocked goes on writing in the conversation of the two.',
    laws: ['apart'],
    file: 'packages/server/src/core/reach.ts',
    find: 'const reached = people ?? (await this.#pairOf(conversation)) ?? [];',
    put: 'const reached = people ?? [];',
  },
  {
    name: 'hidden-only-here',
    isNightly: true,
    what: 'Other devices of a person show what they hid.',
    laws: ['converges'],
    file: 'packages/sdk/src/hiding/hiding.ts',
    find: '      if (this.#isRestored && next[0]?.seq === this.#asOf + 1) this.#put(next, next.at(-1)?.seq ?? 0);',
    put: '      if (this.#isRestored && next[0]?.seq === this.#asOf + 1) this.#put([], next.at(-1)?.seq ?? 0);',
  },
  {
    name: 'what-disappears-stands',
    isNightly: true,
    what: 'What has had its time stands for ever, for all but those who read it anew.',
    laws: ['erased', 'converges', 'found'],
    file: 'packages/server/src/core/disappearing/disappearing-worker.ts',
    find: 'if (!isOver(entry, nowMs)) throw',
    put: 'if (isOver(entry, nowMs)) throw',
  },
  // The log in PostgreSQL, over the model of its database.
  {
    name: 'order-of-the-author-forgotten',
    isNightly: true,
    seed: 550,
    what: 'The log takes a write whatever the one that it comes after has come to.',
    laws: ['author-order'],
    file: 'packages/server/src/store/postgres/verdict.ts',
    find: '  return context.recent.find(pending.write, after, record.state.epoch) !== null;',
    put: '  return true;',
  },
  {
    name: 'ack-before-the-transaction',
    isNightly: true,
    what: 'A lane confirms what it writes before the database has committed it.',
    laws: ['kept'],
    file: 'packages/server/src/store/postgres/append-lane.ts',
    find: `    const startedMs = clock.monotonic();
    try {`,
    put: `    const startedMs = clock.monotonic();
    for (const { pending, numbered } of batch.writes) this.#answer(pending, numbered);
    try {`,
  },
];
