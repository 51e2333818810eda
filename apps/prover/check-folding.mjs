// What follows from the log of a history: who is in a conversation, what its messages say, what is on them, and who follows which
// of its threads. A fold of the second judge's own (`check-history.mjs`), by docs/history.md; it imports nothing.
const MAPS = 'roles leftAt firsts texts erased reactions answers pins polls hides blocks';
export const isShown = ({ kind, body }) => !('target' in body || 'thread' in body || kind === 'setting.set');
const UNDERSTOOD = 'not_member forbidden not_found gone';
export const deviceOf = (tab) => tab.replace(/\.\d+$/, ''); // `ann/1.2` is a tab of ann's device `ann/1`.
export const nowhere = () => ({ epoch: null, entries: [], marks: new Map() });
export const placeOf = ({ conversation, thread }) => `${conversation} ${thread}`;
export const traits = ({ seq, kind, author, key }) => [seq, kind, author ?? null, key ?? null]; // What tells an entry apart.
export const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
export const reasonsOf = (it) => UNDERSTOOD + (it.replyTo || it.thread ? ' bad_request conflict epoch_changed' : '');
export const headOf = ({ entries }) => entries.at(-1)?.seq ?? 0;
/** What an entry changes in what is known of its conversation. */
const EFFECTS = {
  'conversation.created': (state, { author, body: { kind, name, users } }) => {
    Object.assign(state, { kind, name: name ?? null });
    for (const user of users) state.roles.set(user, user === author && kind !== 'direct' ? 'owner' : 'member');
  },
  'conversation.updated': (state, { body }) => Object.assign(state, body),
  'member.role': ({ roles }, { body }) => roles.set(body.user, body.role),
  'member.joined': ({ roles, firsts, history }, { seq, body }) =>
    body.users.map((id) => roles.set(id, 'member') && firsts.set(id, history === 'closed' ? seq : 1)),
  'member.left': ({ roles, leftAt }, { seq, body }) => body.users.map((id) => leftAt.set(id, seq) && roles.delete(id)),
  'message.sent': ({ texts, answers }, { seq, body }) =>
    texts.set(seq, [body.text]) && answers.set(body.thread, [body.count, seq]),
  'message.edited': ({ texts }, { body }) => texts.get(body.target)?.push(body.text),
  'message.deleted': ({ texts, erased, reactions, pins, polls }, { seq, body }) => {
    for (const text of texts.get(body.target) ?? []) if (text) erased.set(text, seq);
    for (const held of [texts, reactions, pins, polls]) held.delete(body.target);
  },
  'message.hidden': ({ hides }, { body: { message } }) => hides.set(Object.values(message).join(' ')),
  'setting.set': ({ blocks }, { at, body }) =>
    body.value === true ? blocks.set(body.name, blocks.get(body.name) ?? at) : blocks.delete(body.name),
  'message.pinned': ({ pins }, { seq, author, body }) => pins[body.on ? 'set' : 'delete'](body.target, [seq, author]),
  'poll.voted': ({ polls }, { body: { target, counts, voters } }) => polls.set(target, [`${counts} of ${voters}`]),
  'poll.closed': ({ polls }, { seq, body: it }) => polls.set(it.target, [`${it.counts} of ${it.voters}, ${seq}`]),
  'reaction.set': ({ reactions }, { author, body: { target, emoji, on } }) => {
    const kinds = reactions.get(target) ?? reactions.set(target, {}).get(target);
    kinds[emoji] = [...(kinds[emoji] ?? []).filter((user) => user !== author), ...(on ? [author] : [])];
    if (kinds[emoji].length === 0) delete kinds[emoji];
  },
};

/** What follows up to `head`: the `texts` of each message, the last edit last, and what deletion `erased` which, null where its time was over. */
export function follows(log, head = Number.POSITIVE_INFINITY) {
  const state = Object.fromEntries(MAPS.split(' ').map((name) => [name, new Map()]));
  for (const entry of log.entries) if (entry.seq <= head) EFFECTS[entry.kind]?.(state, entry);
  const { texts, erased, reactions, pins, polls } = state;
  for (const { seq, body } of log.entries.slice(0, (log.first ?? 1) - 1)) {
    if (body.text) erased.set(body.text, null);
    for (const held of [texts, reactions, pins, polls]) held.delete(seq);
  }
  return state;
}

/** What somebody sees of a log: from where it begins, or where they joined if history was closed; up to its end, or where they left. */
export function rangeOf(log, user, { roles, leftAt, firsts } = follows(log)) {
  return [
    Math.max(log.first ?? 1, firsts.get(user) ?? 1),
    roles.has(user) ? headOf(log) : (leftAt.get(user) ?? 0),
    leftAt.has(user),
  ];
}
export const isHidden = ({ body }, from) => body.target < from; // It changes an entry from before.
export const seenFrom = (from) => (one) =>
  isHidden(one, from) ? { ...one, kind: 'hidden', author: null, body: {} } : one;

/** What nobody may have any more who may see what deleted it; of no user, everything. */
export function goneFrom(log, user) {
  const { erased, roles } = follows(log);
  const isTold = (seq) => user === null || roles.has(user) || (seq !== null && seq <= rangeOf(log, user)[1]);
  return [...erased].flatMap(([text, seq]) => (isTold(seq) ? text : []));
}

/** What a reaction says wrongly after what stands in a log; null where it is right. */
export function wrongReaction(log, { author, body, ...entry }) {
  const { texts, reactions } = follows(log);
  const isChange = (reactions.get(body.target)?.[body.emoji] ?? []).includes(author) !== body.on;
  if (!isChange || !texts.has(body.target)) return 'changes nothing, or no message';
  const after = follows({ entries: [...log.entries, { author, body, ...entry }] }).reactions.get(body.target) ?? {};
  const right = Object.entries(after).map(([emoji, { length: count }]) => ({ emoji, count }));
  const isRight = JSON.stringify(body.reactions) === JSON.stringify(right);
  return isRight && body.count === (after[body.emoji]?.length ?? 0) ? null : `must say ${JSON.stringify(right)}`;
}

const DAY_MS = 86_400_000;
/** Whether an entry may have had its time, by the fewest `days` that ever were set. */
export const hasAged = ({ entries }, { time, days }) => {
  const least = Math.min(...[...days, ...entries.map(({ body }) => body.retentionDays)].filter((one) => one > 0));
  return ({ at }) => at <= time - least * DAY_MS;
};
/** How many messages of others have had their time, whether they are erased or not. */
export function disappearedFrom(log, user, at) {
  const gone = log.entries.flatMap(({ body }) => (body.expired ? body.target : []));
  const isCounted = ({ kind, author, body }) => kind === 'message.sent' && !body.thread && author !== user;
  const isOver = ({ seq, body }) => body.disappearAt <= at.time || gone.includes(seq);
  const isAged = hasAged(log, at);
  return log.entries.filter((one) => isCounted(one) && (isOver(one) || isAged(one))).length;
}
/** Whether a log begins with what has had its time. */
export function isKeptTooLong({ first = 1, entries }, { days, longer, time }) {
  const { kind, retentionDays: own = null } = follows({ entries });
  const isOwn = own !== null && (longer || days === null || (own > 0 && own <= days));
  const kept = (isOwn ? own : days) || Number.POSITIVE_INFINITY;
  return kind !== 'self' && entries[first - 1]?.at <= time - kept * DAY_MS;
}

const answersTo = ({ entries }, thread) =>
  entries.filter(({ kind, body }) => kind === 'message.sent' && body.thread === thread);

/** Whether a message names somebody. Whom one named that was deleted, its deletion says. */
function names({ entries }, { seq, body }, user) {
  const deletion = entries.find((one) => one.kind === 'message.deleted' && one.body.target === seq);
  return (deletion?.body ?? body).mentions?.users?.includes(user);
}

/** The threads that somebody follows, with their answers; `least` is up to where they have read in one, whatever they said. */
export function threadsOf(log, user) {
  const least = new Map();
  let isIn = false;
  for (const entry of log.entries) {
    const { seq, kind, author, body } = entry;
    isIn ||= kind !== 'member.left' && body.users?.includes(user);
    const first = isIn && kind === 'message.sent' && log.entries[body.thread - 1];
    if (!first) continue;
    const isBegun = body.count === 1 && (first.author === user || names(log, first, user));
    if (author === user) least.set(body.thread, seq);
    else if (!least.has(body.thread) && (isBegun || names(log, entry, user))) least.set(body.thread, seq - 1);
  }
  const [from] = rangeOf(log, user);
  const threads = [...least].filter(([thread]) => thread >= from);
  return threads.map(([thread, seq]) => ({ thread, least: seq, answers: answersTo(log, thread) }));
}
