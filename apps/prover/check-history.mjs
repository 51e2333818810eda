// Holds histories of `kith prove --history` against the laws of docs/history.md. It was written from that page alone and
// imports nothing of the project, so that a mistake of the prover's own judge does not hide one of the server or the SDK.
// `node check-history.mjs FILE…` prints each breach as `law: sentence`. Exit status: 0 where every law held, 1 where one was
// broken, 2 for what is not a history. Fewer than 300 lines, to be read by whoever wants to know what was checked.
import { readFileSync } from 'node:fs';

const EVENTS = 'committed,marked,restored,acked,told,left out,described,wrote,kept,changed,life'.split(',');
const SHOWN = /^(message\.sent$|conversation\.|member\.)/;
const UNDERSTOOD = ['not_member', 'forbidden', 'not_found', 'gone'];

const asText = (value) => JSON.stringify(value) ?? 'nothing';
const isSame = (one, other) => asText(one) === asText(other);
const headOf = ({ entries }) => entries.at(-1)?.seq ?? 0;
const entryAt = ({ entries }, seq) => entries.find((entry) => entry.seq === seq);
/** `ann/1.2` is a tab of ann's device `ann/1`. */
const deviceOf = (tab) => tab.replace(/\.\d+$/, '');
const devicesOf = (name, count) => Array.from({ length: count }, (_, index) => `${name}/${index + 1}`);
const nowhere = () => ({ epoch: null, entries: [], marks: new Map() });
/** The place of an entry and what tells it apart, alike for whole entries and those seen on their way. */
const traits = ({ seq, kind, author, key }) => [seq, kind, author ?? null, key ?? null];

/** What an entry changes in what is known of its conversation. */
const EFFECTS = {
  'conversation.created': (state, { author, body: { kind, name, users } }) => {
    Object.assign(state, { kind, name: name ?? null });
    for (const user of users) state.roles.set(user, user === author && kind !== 'direct' ? 'owner' : 'member');
  },
  'conversation.updated': (state, { body }) => Object.assign(state, { name: body.name ?? null }),
  'member.role': ({ roles }, { body }) => roles.set(body.user, body.role),
  'member.joined': ({ roles }, { body }) => body.users.map((id) => roles.set(id, 'member')),
  'member.left': ({ roles, leftAt }, { seq, body }) => body.users.map((id) => leftAt.set(id, seq) && roles.delete(id)),
};

/** What follows from the entries up to `head`. */
function follows({ entries }, head = Number.POSITIVE_INFINITY) {
  const state = { kind: null, name: null, roles: new Map(), leftAt: new Map() };
  for (const entry of entries) if (entry.seq <= head) EFFECTS[entry.kind]?.(state, entry);
  return state;
}

class Checker {
  breaches = [];
  /** The database as it is at this moment. */
  #logs = new Map();
  /** Messages by the number under which they were written. */
  #messages = new Map();
  /** What was pushed last over a connection in a conversation. */
  #pushed = new Map();
  #when = '';

  constructor(people) {
    this.people = people;
  }

  take(event, index) {
    this.#when = `event ${index}`;
    if (EVENTS.includes(event.type)) this[event.type](event);
  }

  #must = (holds, law, found) => holds || this.breaches.push(`${law}: ${this.#when}: ${found}`);
  #log = (conversation) => this.#logs.get(conversation) ?? nowhere();
  #userOf = (tab) => this.people.find(({ name }) => name === tab.split('/')[0])?.id;

  committed({ conversation, entries }) {
    const log = this.#logs.get(conversation) ?? { ...nowhere(), epoch: entries[0].epoch };
    this.#logs.set(conversation, log);
    for (const entry of entries) {
      this.#comesAfter(log.entries, entry);
      this.#must(entry.epoch === log.epoch, 'order', `${conversation}:${entry.seq} is of epoch ${entry.epoch}`);
      log.entries.push(entry);
    }
  }

  #comesAfter(before, { conversation, seq, n, key, author, kind }) {
    const last = before.at(-1) ?? { seq: 0, n: 0 };
    const isNext = seq === last.seq + 1 && n === last.n + (kind === 'message.sent' ? 1 : 0);
    this.#must(isNext, 'order', `${conversation}:${seq}, n ${n}, is a ${kind} after ${last.seq}, n ${last.n}`);
    const twin = key && before.find((entry) => entry.key === key && entry.author === author);
    this.#must(!twin, 'one-number', `${conversation}:${seq} has the key of ${twin?.seq}: ${key}`);
  }

  marked({ conversation, epoch, marks }) {
    const log = this.#log(conversation);
    this.#must(epoch === log.epoch, 'marks', `marks of epoch ${epoch} in ${conversation}, which is of ${log.epoch}`);
    for (const mark of marks) this.#mark(log, mark);
  }

  #mark(log, { user, delivered, read }) {
    const before = log.marks.get(user) ?? { delivered: 0, read: 0 };
    const said = `${user} has marks in ${log.entries[0]?.conversation}, delivered ${delivered} and read ${read},`;
    if (delivered < before.delivered || read < before.read)
      this.#must(false, 'marks', `${said} after ${asText(before)}`);
    if (read > delivered || delivered > headOf(log)) this.#must(false, 'marks', `${said} and the head ${headOf(log)}`);
    log.marks.set(user, { delivered, read });
  }

  restored({ logs }) {
    const heads = new Map(logs.map(({ conversation, head }) => [conversation, head]));
    for (const [conversation, { entries }] of this.#logs) {
      const taken = entries.filter(({ seq }) => seq > (heads.get(conversation) ?? 0)).map(({ key }) => key);
      this.#excuse((message) => message.conversation === conversation && taken.includes(message.key));
    }
    const kept = logs.map(({ conversation, epoch, head, marks = [] }) => {
      const entries = this.#log(conversation).entries.filter(({ seq }) => seq <= head);
      this.#must(headOf({ entries }) === head, 'kept', `${conversation}:${head} is restored and was never committed`);
      return [conversation, { epoch, entries, marks: new Map(marks.map((mark) => [mark.user, mark])) }];
    });
    this.#logs = new Map(kept);
  }

  acked({ by, name, conversation, key, epoch, seq }) {
    const log = this.#log(conversation);
    const entry = entryAt(log, seq);
    const said = `${name} with the key ${key} is confirmed as ${conversation}:${seq} of epoch ${epoch}`;
    this.#must(entry && epoch === log.epoch, 'kept', `${said}, which the database does not have`);
    const isIts = !entry || !key || (entry.key === key && entry.author === this.#userOf(by));
    this.#must(isIts, 'one-number', `${said}, which is another entry`);
  }

  told({ by, connection, entries, isPushed }) {
    for (const entry of entries) {
      const { conversation, epoch, seq } = entry;
      this.#given(entry, { said: `${by} is given ${conversation}:${seq} of epoch ${epoch}`, user: this.#userOf(by) });
      const place = `${connection} ${conversation}`;
      const last = this.#pushed.get(place) ?? seq - 1;
      if (isPushed) this.#must(seq === last + 1, 'order', `${by} is pushed ${conversation}:${seq} after ${last}`);
      if (isPushed) this.#pushed.set(place, seq);
    }
  }

  #given(entry, { said, user }) {
    const log = this.#log(entry.conversation);
    const known = entryAt(log, entry.seq);
    this.#must(known, 'kept', `${said}, which the database does not have`);
    if (!known || entry.kind === 'hidden') return;
    const isIt = entry.epoch === log.epoch && isSame(traits(entry), traits(known));
    this.#must(isIt, 'order', `${said} as ${asText(traits(entry))}; epoch ${log.epoch} has ${asText(traits(known))}`);
    const { roles, leftAt } = follows(log);
    const isAllowed = roles.has(user) || entry.seq <= (leftAt.get(user) ?? 0);
    this.#must(isAllowed, 'members-only', `${said}, and is in it no more since ${leftAt.get(user) ?? 'ever'}`);
  }

  'left out'({ by, connection, conversation, after, head }) {
    const last = this.#pushed.get(`${connection} ${conversation}`) ?? after;
    this.#must(after <= last, 'order', `${by} has ${conversation} up to ${last}, and above ${after} it is left out`);
    this.#pushed.set(`${connection} ${conversation}`, head);
  }

  described({ by, connection, summaries, isPushing }) {
    for (const { conversation, epoch, head, name, role, members, pushedAfter } of summaries) {
      const log = this.#log(conversation);
      const state = follows(log, head);
      const right = [log.epoch, true, state.name, state.roles.get(this.#userOf(by)) ?? 'none', state.roles.size];
      const said = [epoch, head <= headOf(log), name, role, members];
      const what = `${by} is told of ${conversation} as of ${head}: epoch, is it there, name, role, members are`;
      this.#must(isSame(said, right), 'snapshot', `${what} ${asText(said)}, and not ${asText(right)}`);
      if (isPushing) this.#pushed.set(`${connection} ${conversation}`, pushedAfter);
    }
  }

  wrote = ({ id, who: tab, conversation, text }) => this.#messages.set(id, { id, tab, conversation, text });
  kept = ({ id, key, isDurable }) => Object.assign(this.#messages.get(id), { key, isDurable });
  changed = ({ id, how }) => Object.assign(this.#messages.get(id), { [how]: true });

  life({ who, what }) {
    if (what === 'wiped') this.#excuse(({ tab }) => deviceOf(tab) === who);
    if (what === 'closed' || what === 'crashed') this.#excuse(({ tab, isDurable }) => tab === who && !isDurable);
  }

  #excuse(isExcused) {
    for (const message of this.#messages.values()) message.isExcused ||= isExcused(message);
  }

  end({ end, plan, people }) {
    this.#when = 'in the end';
    const logs = new Map(end.logs.map((log) => [log.conversation, log]));
    for (const conversation of new Set([...this.#logs.keys(), ...logs.keys()])) {
      this.#endOfLog(logs.get(conversation) ?? nowhere(), conversation);
    }
    const lasts = new Map();
    for (const message of this.#messages.values()) {
      const { id, key, tab, conversation, isExcused, discarded, moved } = message;
      if (key === undefined || isExcused || discarded) continue;
      const entry = logs.get(conversation)?.entries.find((one) => one.key === key);
      this.#endOfMessage(message, { entry, tabs: end.tabs });
      if (!entry || moved) continue;
      const last = lasts.get(`${tab} ${conversation}`) ?? 0;
      this.#must(entry.seq > last, 'author-order', `${id} of ${tab} stands at ${entry.seq}, an older one at ${last}`);
      lasts.set(`${tab} ${conversation}`, entry.seq);
    }
    for (const device of people.flatMap(({ name }, index) => devicesOf(name, plan.devices[index]))) {
      const leading = end.tabs.filter((tab) => tab.device === device && tab.isLeading);
      this.#must(leading.length === 1, 'converges', `${leading.length} tabs of ${device} lead`);
    }
    for (const tab of end.tabs) this.#endOfTab(tab, logs);
    for (const error of end.errors) this.#must(false, 'no-faults', error);
  }

  #endOfLog(log, conversation) {
    const { epoch, entries, marks } = this.#log(conversation);
    this.#must(log.epoch === epoch, 'kept', `${conversation} is of epoch ${log.epoch}, and was of ${epoch}`);
    for (const [index, entry] of log.entries.entries()) this.#comesAfter(log.entries.slice(0, index), entry);
    for (const entry of entries) {
      const now = entryAt(log, entry.seq);
      const isKept = now && isSame(traits(now), traits(entry)) && (now.erased || isSame(now.body, entry.body));
      this.#must(isKept, 'kept', `${conversation}:${entry.seq} was committed, and is there no more as it was`);
    }
    for (const { seq, erased, body } of log.entries) {
      this.#must(!erased || body.text === undefined, 'erased', `${conversation}:${seq} was erased and has a text`);
    }
    for (const mark of log.marks) this.#mark({ entries: log.entries, marks: new Map(marks) }, mark);
  }

  #endOfMessage({ id, key, tab, text, edited }, { entry, tabs }) {
    const unsent = tabs.flatMap((one) => (one.device === deviceOf(tab) ? one.unsent : []));
    const failed = unsent.find((one) => one.key === key && one.status === 'failed');
    const said = `message ${id} of ${tab}, ${asText(text)},`;
    if (!entry) this.#must(failed, 'kept', `${said} is not in the log and does not fail`);
    else this.#must(edited || entry.erased || entry.body.text === text, 'kept', `${said} is another text`);
    if (!entry && failed) this.#must(UNDERSTOOD.includes(failed.code), 'kept', `${said} fails with ${failed.code}`);
  }

  #endOfTab({ tab, user, isLeading, connection, openSockets, mismatches, conversations, unsent, windows }, logs) {
    const isAsItShould = connection === 'open' && openSockets === (isLeading ? 1 : 0);
    this.#must(isAsItShould, 'converges', `${tab} is ${connection} with ${openSockets} connections`);
    this.#must(mismatches === 0, 'counts', `${tab} counted otherwise than its server ${mismatches} times`);
    for (const { key, status } of unsent) this.#must(status === 'failed', 'converges', `${tab}: ${key} is ${status}`);
    const listed = conversations.filter(({ role }) => role !== 'none');
    for (const [conversation, log] of logs) {
      const { kind, roles } = follows(log);
      const isShown = listed.some((one) => one.conversation === conversation);
      this.#must(isShown === (roles.has(user) && kind !== 'self'), 'converges', `${tab} lacks or has ${conversation}`);
    }
    for (const one of listed) this.#conversation(one, { tab, user, log: logs.get(one.conversation) ?? nowhere() });
    for (const { conversation, items, hasAfter } of windows) {
      const { epoch, entries } = logs.get(conversation) ?? nowhere();
      const { roles, leftAt } = follows({ entries });
      // Who left sees what was there until then.
      const seen = entries.filter(({ seq }) => roles.has(user) || seq <= (leftAt.get(user) ?? 0));
      this.#items(items, { tab, log: { epoch, entries: seen }, hasBefore: true, hasAfter });
    }
  }

  #conversation(shown, { tab, user, log }) {
    const { conversation, items, hasBefore } = shown;
    const { name, roles } = follows(log);
    const members = [...roles].map((one) => one.join(' ')).sort();
    const read = [...log.marks].find((one) => one.user === user)?.read ?? 0;
    const right = { epoch: log.epoch, head: headOf(log), name, role: roles.get(user), size: roles.size, read, members };
    for (const [field, is] of Object.entries(right)) {
      this.#must(isSame(shown[field], is), 'converges', `${tab}, ${conversation}: ${field} is ${asText(is)}`);
    }
    const sent = log.entries.filter((one) => one.kind === 'message.sent' && one.author !== user && !one.erased);
    const above = sent.filter(({ seq }) => seq > read);
    const named = above.filter(({ body: { mentions } }) => mentions?.all || mentions?.users?.includes(user));
    const counts = [above, named].map(({ length }) => Math.min(length, 1_000));
    const isCounted = isSame([shown.unread, shown.mentions ?? counts[1]], counts);
    this.#must(isCounted, 'counts', `${tab} has not ${counts} unread and mentions in ${conversation}`);
    this.#must(items, 'converges', `${tab} could not read ${conversation}`);
    this.#items(items ?? [], { tab, log, hasBefore, hasAfter: false });
  }

  /** Items stand without a gap from the first of them, or of all, up to the last of them, or of all. */
  #items(items, { tab, log, hasBefore, hasAfter }) {
    const [from, to] = [hasBefore ? items[0]?.seq : 0, hasAfter ? items.at(-1)?.seq : headOf(log)];
    const right = log.entries.filter(({ seq, kind, body }) => {
      return seq >= from && seq <= to && (SHOWN.test(kind) || (!('target' in body) && kind !== 'setting.set'));
    });
    const seqs = [items, right].map((all) => asText(all.map(({ seq }) => seq)));
    this.#must(seqs[0] === seqs[1], 'converges', `${tab} shows ${seqs[0]}, and there stand ${seqs[1]}`);
    for (const item of items) {
      const { conversation, seq, kind, author, erased, body } = entryAt(log, item.seq) ?? { body: {} };
      const edit = log.entries.findLast((one) => one.kind === 'message.edited' && one.body.target === seq);
      const text = erased ? null : (edit?.body.text ?? body.text ?? null);
      const isIt = isSame([item.kind, item.author, item.text], [kind, author ?? null, text]);
      this.#must(isIt, 'converges', `${tab} shows ${asText(item)} of ${conversation}, and there is ${body.text}`);
      this.#must(!erased || item.text === null, 'erased', `${tab} shows the text of ${conversation}:${seq}`);
    }
  }
}

function check(file) {
  try {
    const history = JSON.parse(readFileSync(file, 'utf8'));
    if (history?.format !== 'kith-history/1') throw new Error(`its format is ${asText(history?.format)}`);
    const checker = new Checker(history.people);
    for (const [index, event] of history.events.entries()) checker.take(event, index);
    checker.end(history);
    for (const breach of checker.breaches) console.log(breach);
    return checker.breaches.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(`${file} is not a history: ${error.message}`);
    return 2;
  }
}

const files = process.argv.slice(2);
if (files.length === 0) console.error('Which histories? node check-history.mjs FILE…');
process.exitCode = files.length === 0 ? 2 : Math.max(...files.map(check));
