// `node check-history.mjs FILE…` holds histories against the laws of docs/history.md and prints each breach as `law: sentence`.
// It imports nothing of the project but its own fold. Exit status: 0 where every law held, 1 where one was broken, 2 for no history.
import { readFileSync } from 'node:fs';
import * as folding from './check-folding.mjs';

const { disappearedFrom, follows, goneFrom, hasAged, headOf, isHidden, isKeptTooLong, placeOf } = folding;
const { deviceOf, isShown, nowhere, plain, rangeOf, reasonsOf, seenFrom, threadsOf, traits, wrongReaction } = folding;
const SETTLED = /e.delete .*del|e.hide .*hid|^react\S+ .*(reac|sent)|e.pin .*(pin|sent|del)|^poll\S+ .*(poll|sent)/;
const asText = (value) => JSON.stringify(value) ?? 'nothing';
const isSame = (one, other) => asText(one) === asText(other);
const entryOf = ({ conversation, key }, logs) => key && logs.get(conversation)?.entries.find((one) => one.key === key);

class Checker {
  #breaches = [];
  #people = [];
  #plan = {};
  #left = new Map(); // By key: who left it with the server, and where.
  #asked = new Map(); // By conversation and person: how many they have invited.
  #when = '';
  #logs = new Map(); // The database as it is at this moment.
  #messages = new Map(); // By the number under which they were written.
  #pushed = new Map(); // By connection and conversation: what was pushed last.
  #until = 0; // The end, by the servers' clocks.
  #days = []; // All that were set for conversations that have not set theirs.
  #taken = new Set(); // Devices and conversations where a server counted more.
  #miscounts = new Map(); // By tab: how often it counted otherwise than its server.
  #unkept = new Set(); // Keys that were refused for good where a device is full: after a crash it may not know so.
  #readIn = new Map(); // By person and thread: up to where they have read in it.
  check({ plan, people, events, end }) {
    [this.#plan, this.#people] = [plan, people];
    for (const [index, event] of events.entries()) {
      this.#when = `event ${index}`;
      this[event.type]?.(event);
    }
    this.#when = 'in the end';
    this.#end(end);
    return this.#breaches;
  }
  #must = (holds, law, found) => holds || this.#breaches.push(`${law}: ${this.#when}: ${found}`);
  #log = (conversation) => this.#logs.get(conversation) ?? nowhere();
  #excuse = (is) => [...this.#messages.values()].map((message) => (message.isExcused ||= is(message)));
  #in = (user) =>
    [...this.#logs].flatMap(([id, log]) => (follows(log).roles.has(user) ? { id, log, ...follows(log) } : []));
  #selfOf = (user) =>
    [...this.#logs.values()].find(({ entries: [{ author, body }] }) => body.kind === 'self' && author === user) ??
    nowhere();
  /** What somebody hid from themselves, with its edits. */
  #hiddenFrom(user, id) {
    const [{ epoch, entries }, { hides }] = [this.#log(id), follows(this.#selfOf(user))];
    const isHidden = ({ seq, body }) => [seq, body.target].some((one) => hides.has(`${id} ${epoch} ${one}`));
    return new Set(
      entries.flatMap((entry) => (/^message.(sent|edited)/.test(entry.kind) && isHidden(entry) ? entry.seq : [])),
    );
  }
  #has = (kind) => this.#plan.steps.some((step) => step.do === kind);
  #userOf = (tab) => this.#people.find(({ name }) => name === tab.split('/')[0])?.id;
  committed({ conversation, entries }) {
    const log = this.#logs.get(conversation) ?? { ...nowhere(), epoch: entries[0].epoch };
    this.#logs.set(conversation, log);
    for (const entry of entries) {
      const { epoch, seq, n, author, key, kind, body } = entry;
      const last = log.entries.at(-1) ?? { seq: 0, n: 0 };
      const said = `${conversation}:${seq} of epoch ${epoch}, n ${n}, a ${kind} of ${author},`;
      const { roles, texts, answers, pins, visibility } = follows(log);
      const isCounted = kind === 'message.sent' && !body.thread;
      const isNth = isCounted || kind !== 'message.sent' || body.count === (answers.get(body.thread)?.[0] ?? 0) + 1;
      const isNext = isNth && epoch === log.epoch && seq === last.seq + 1 && n === last.n + (isCounted ? 1 : 0);
      this.#must(isNext, 'order', `${said} comes after ${last.seq}, n ${last.n}, in epoch ${log.epoch}`);
      const isTextOf = (one) => one.body.text === body.text && body.text && !body.forward;
      const twin = log.entries.find((one) => (key && one.key === key && one.author === author) || isTextOf(one));
      this.#must(!twin, 'one-number', `${said} has the key or the text of ${twin?.seq}: ${key}, ${body.text}`);
      const isAsked = kind === 'member.joined' && (visibility === 'public' || roles.has(body.invitedBy));
      const isIn = roles.has(author) || isAsked || body.expired;
      this.#must(!author || seq === 1 || isIn, 'members-only', `${said} is of a stranger`);
      if (kind === 'message.sent') this.#apart(log, entry, said);
      const wrong = kind === 'reaction.set' && wrongReaction(log, entry);
      this.#must(!wrong, 'counts', `${said} ${wrong}`);
      log.entries.push(entry);
      const stands = [texts.has(body.target), pins.has(body.target)];
      this.#must(kind !== 'message.pinned' || isSame(stands, [true, !body.on]), 'counts', `${said} pins nothing`);
    }
  }
  /** A write that was on its way when somebody blocked the other may come a while later, by clocks that go alike. */
  #apart(log, { at }, said) {
    const { kind, roles } = follows(log);
    if (kind !== 'direct' || ['pause', 'age', 'jump'].some(this.#has)) return;
    const pairs = [...roles.keys()].flatMap((by, _, all) => all.map((whom) => [by, whom]));
    const since = pairs.map(([by, whom]) => follows(this.#selfOf(by)).blocks.get(`block:${whom}`) ?? at);
    const most = Math.min(...since) + (this.#plan.database ? 15_000 : 1_000);
    this.#must(at <= most, 'apart', `${said} is written in spite of a block`);
  }
  marked({ conversation, epoch, marks }) {
    const log = this.#log(conversation);
    this.#must(epoch === log.epoch, 'marks', `marks of epoch ${epoch} in ${conversation}, which is of ${log.epoch}`);
    for (const { user, delivered, read } of marks) {
      const before = log.marks.get(user) ?? { delivered: 0, read: 0 };
      const is = delivered >= before.delivered && read >= before.read && read <= delivered && delivered <= headOf(log);
      this.#must(is, 'marks', `${user}: ${delivered}, ${read} after ${asText(before)}`);
      log.marks.set(user, { delivered, read });
    }
  }
  /** What has had its time its server counts until it is erased, and gives it empty before: by so much it may count more. */
  miscounted({ who, conversation, own, told, time }) {
    this.#miscounts.set(who, (this.#miscounts.get(who) ?? 0) + 1);
    const at = { time: this.#has('jump') ? Number.POSITIVE_INFINITY : time, days: this.#days };
    const most = disappearedFrom(this.#log(conversation), this.#userOf(who), at);
    const [unread, mentions] = [told.unread - own.unread, told.mentions - own.mentions];
    const place = `${deviceOf(who)} ${conversation}`; // Its server's counts are its own from then on.
    const least = this.#taken.has(place) || this.#has('age') ? -most : 0;
    const isExplained = Math.min(unread, mentions) >= least && Math.max(unread, mentions) <= most;
    if (unread > 0) this.#taken.add(place);
    this.#must(isExplained, 'counts', `${who} counts ${asText(own)} in ${conversation}, its server ${asText(told)}`);
  }
  refused = ({ key, code }) => this.#has('full') && reasonsOf({}).split(' ').includes(code) && this.#unkept.add(key);
  retention = ({ days }) => this.#days.push(days);
  trimmed({ conversation, first, time }) {
    const log = this.#log(conversation);
    const early = log.entries.slice(0, first - 1).find((one) => !hasAged(log, { time, days: this.#days })(one));
    this.#must(!early, 'kept', `${conversation}:${early?.seq} is emptied, whose time has not come`);
    log.first = first;
  }
  restored({ logs }) {
    const kept = ({ conversation, head }) => this.#log(conversation).entries.filter(({ seq }) => seq <= head);
    const marksOf = ({ marks }) => new Map(marks.map((mark) => [mark.user, mark]));
    const now = new Map(logs.map((log) => [log.conversation, { ...log, entries: kept(log), marks: marksOf(log) }]));
    this.#excuse((message) => entryOf(message, this.#logs) && !entryOf(message, now));
    this.#logs = now;
    for (const held of [this.#pushed, this.#left]) held.clear();
  }
  acked({ by, name, conversation, key, epoch, seq, isDuplicate }) {
    const log = this.#log(conversation);
    const entry = log.entries.find((one) => one.seq === seq);
    const said = `${name} with the key ${key} is confirmed as ${conversation}:${seq} of epoch ${epoch}`;
    this.#must(entry && epoch === log.epoch, 'kept', `${said}, which the database does not have`);
    const isIts = !entry?.author || !key || (entry.key === key && entry.author === this.#userOf(by));
    const isDone = isIts || (isDuplicate && SETTLED.test(`${name} ${entry.kind}`));
    this.#must(isDone, 'one-number', `${said}, which is another entry`);
  }
  told({ by, connection, entries, isPushed }) {
    for (const entry of entries) {
      const { conversation, epoch, seq, kind } = entry;
      const log = this.#log(conversation);
      const known = epoch === log.epoch && log.entries.find((one) => one.seq === seq);
      const said = `${by} is given ${conversation}:${seq} of epoch ${epoch}`;
      this.#must(known, 'kept', `${said}, which the database does not have`);
      const place = `${connection} ${conversation}`;
      this.#must(!isPushed || seq - 1 === (this.#pushed.get(place) ?? seq - 1), 'order', `${said} out of its order`);
      if (isPushed) this.#pushed.set(place, seq);
      if (!known) continue;
      this.#must(kind === 'hidden' || isSame(traits(entry), traits(known)), 'order', `${said} as ${traits(entry)}`);
      const [from, to, hasLeft] = rangeOf({ ...log, first: 1 }, this.#userOf(by));
      // What changes something from before the log begins is hidden from then on.
      const veiledBelow = kind === 'hidden' ? Math.max(from, log.first ?? 1) : from;
      const isOwn = kind === 'hidden' && this.#hiddenFrom(this.#userOf(by), conversation).has(seq);
      const isOpen = hasLeft || isOwn || (seq >= from && isHidden(known, veiledBelow) === (kind === 'hidden'));
      this.#must(isOpen && (kind === 'hidden' || seq <= to), 'members-only', `${said} as ${kind}: ${from} to ${to}`);
    }
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
      this.#must(isSame(said, right), 'snapshot', `${by}: ${conversation}, ${asText(said)} for ${asText(right)}`);
      const place = `${connection} ${conversation}`;
      if (isPushing) this.#pushed.set(place, Math.max(pushedAfter, this.#pushed.get(place) ?? 0));
    }
  }
  scheduled = ({ key, who, conversation }) => this.#left.set(key, { who, conversation });
  unscheduled = ({ key }) => this.#left.delete(key);
  invited({ who, conversation, maxUses }) {
    const by = `${conversation} ${this.#userOf(who)}`;
    this.#asked.set(by, (this.#asked.get(by) ?? 0) + maxUses);
  }
  wrote = ({ id, who: tab, ...written }) => this.#messages.set(id, { id, tab, ...written });
  kept = ({ id, key, isDurable }) => Object.assign(this.#messages.get(id), { key, isDurable });
  changed = ({ id, how }) => Object.assign(this.#messages.get(id), { [how]: true });
  life({ who, what }) {
    if (what === 'wiped') this.#excuse(({ tab }) => deviceOf(tab) === who);
    if (what === 'closed' || what === 'crashed') this.#excuse(({ tab, isDurable }) => tab === who && !isDurable);
  }
  #end({ logs, tabs, stores, found, scheduled, retention, errors }) {
    const ids = new Set([...this.#logs.keys(), ...logs.map(({ conversation }) => conversation)]);
    for (const id of ids) this.#endOfLog(id, logs.find(({ conversation }) => conversation === id) ?? nowhere());
    this.#promises(tabs);
    this.#until = retention?.time ?? 0;
    const leading = tabs.flatMap(({ isLeading, device }) => (isLeading ? device : [])).sort();
    this.#must(isSame(leading, stores.map(({ device }) => device).sort()), 'converges', `tabs lead on ${leading}`);
    for (const tab of tabs) this.#endOfTab(tab);
    for (const [id, log] of this.#logs)
      this.#must(!retention || !isKeptTooLong(log, retention), 'erased', `${id} begins with what has had its time`);
    for (const one of found) this.#found(one);
    for (const [key, one] of this.#left) this.#leftWithServer(key, one, scheduled);
    this.#erased({ logs, tabs, stores });
    for (const error of errors) this.#must(false, 'no-faults', error);
  }
  #promises(tabs) {
    const lasts = new Map();
    for (const message of this.#messages.values()) {
      const { id, key, tab, conversation, text, isExcused, discarded, moved, edited } = message;
      if (key === undefined || isExcused || discarded) continue;
      const entry = entryOf(message, this.#logs);
      const unsent = tabs.flatMap((one) => (one.device === deviceOf(tab) ? one.unsent : []));
      const failed = unsent.find((one) => one.key === key && one.status === 'failed');
      const isShut = failed?.code === 'conflict' && this.#log(conversation).entries.some(({ body }) => body.archived);
      const isReason = isShut || reasonsOf(message).split(' ').includes(failed?.code);
      const isKept = entry ? edited || entry.erased || entry.body.text === text : isReason;
      this.#must(isKept, 'kept', `${tab} wrote ${text}, which is ${asText(entry?.body)}, or failed: ${failed?.code}`);
      if (!entry || moved || this.#unkept.has(key)) continue;
      const last = lasts.get(`${tab} ${conversation}`) ?? 0;
      this.#must(entry.seq > last, 'author-order', `${id} of ${tab} stands at ${entry.seq}, an older one at ${last}`);
      lasts.set(`${tab} ${conversation}`, entry.seq);
    }
  }
  /** The log is what was committed; only what was deleted is erased. */
  #endOfLog(conversation, log) {
    const own = this.#log(conversation);
    const { texts } = follows(own);
    this.#must(log.epoch === own.epoch, 'kept', `${conversation} is of epoch ${log.epoch}, and was of ${own.epoch}`);
    for (const [index, entry] of own.entries.entries()) {
      const now = log.entries[index];
      const isKept = now?.n === entry.n && isSame(traits(now), traits(entry));
      const isAsItWas = isSame(now?.body, entry.body) || (now?.erased && !texts.has(now.body.target ?? now.seq));
      this.#must(isKept && isAsItWas, 'kept', `${conversation}:${entry.seq} is not there as it was committed`);
    }
    this.#must(headOf(log) <= headOf(own), 'order', `${conversation} has entries that nobody committed`);
    const standing = log.entries.find(
      ({ kind, body, erased }) => kind === 'message.sent' && body.disappearAt && !erased,
    );
    const isLate = standing && !this.#has('jump');
    this.#must(!isLate, 'erased', `${conversation}:${standing?.seq} was to disappear, and stands`);
    const came = own.entries.flatMap(({ body }) => body.invitedBy ?? []);
    const isFull = came.some(
      (by) => came.filter((one) => one === by).length > (this.#asked.get(`${conversation} ${by}`) ?? 0),
    );
    this.#must(!isFull, 'members-only', `more came to ${conversation} than were invited`);
    this.marked({ ...log, conversation });
  }
  #endOfTab(shown) {
    const { tab, user, isLeading, connection, openSockets, mismatches, conversations, unsent, windows } = shown;
    const { followed, threads } = shown;
    const isAsItShould = connection === 'open' && openSockets === (isLeading ? 1 : 0);
    this.#must(isAsItShould, 'converges', `${tab} is ${connection} with ${openSockets} connections`);
    const isTold = mismatches === (this.#miscounts.get(tab) ?? 0);
    this.#must(isTold, 'counts', `${tab} counted otherwise than its server ${mismatches} times`);
    for (const { key, status } of unsent) this.#must(status === 'failed', 'converges', `${tab}: ${key} is ${status}`);
    const listed = conversations.filter(({ role }) => role !== 'none');
    const is = listed.map(({ conversation }) => conversation);
    const should = this.#in(user).flatMap(({ id, kind }) => (kind === 'self' ? [] : id));
    this.#must(isSame(is.sort(), should.sort()), 'converges', `${tab} lists ${is}, and its person is in ${should}`);
    for (const one of listed) this.#conversation(one, { tab, user, log: this.#log(one.conversation) });
    const isKnown = ({ conversation: id }) => !this.#log(id).first || follows(this.#log(id)).roles.has(user);
    for (const window of windows.filter(isKnown)) this.#items({ ...window, hasBefore: true }, { tab, user });
    const own = this.#in(user).flatMap(({ id, log, texts }) =>
      threadsOf(log, user).map((one) => ({ ...one, conversation: id, texts })),
    );
    const whole = followed && !followed.hasMore ? [followed.items.map(placeOf).sort(), followed.unread] : null;
    const unread = followed?.items.filter((one) => one.unread > 0).length;
    this.#must(
      !whole || isSame(whole, [own.map(placeOf).sort(), unread]),
      'converges',
      `${tab} lists ${asText(whole)}`,
    );
    for (const item of followed?.items ?? []) this.#standing(item, own, { tab, user });
    for (const open of threads) this.#openThread(open, own, { tab, user });
  }
  /** How somebody stands to a thread, as a tab shows it. */
  #standing(shown, own, { tab, user }) {
    const { read, unread, mentions, last } = shown;
    const place = placeOf(shown);
    const its = own.find((one) => placeOf(one) === place);
    this.#must(its, 'converges', `${tab} lists the thread ${place}, which its person does not follow`);
    if (!its) return;
    const isLast = last === undefined || last === its.answers.at(-1)?.seq;
    this.#must(isLast, 'converges', `${tab}: the last answer in ${place} is not ${last}`);
    const above = its.answers.filter(({ seq, author }) => seq > read && author !== user && its.texts.has(seq));
    const named = above.filter(({ body: { mentions: to } }) => to?.all || to?.users?.includes(user));
    const right = [above.length, named.length];
    this.#must(isSame([unread, mentions], right), 'counts', `${tab}: unread, mentions in ${place} are ${right}`);
    this.#must(
      read >= its.least,
      'marks',
      `${tab} has read up to ${read} in ${place}, and wrote or came at ${its.least}`,
    );
    if (last === undefined) return;
    const known = this.#readIn.get(`${user} ${place}`) ?? read;
    this.#must(known === read, 'converges', `${tab} has read up to ${read} in ${place}, another tab up to ${known}`);
    this.#readIn.set(`${user} ${place}`, read);
  }
  /** One that was opened on the way shows its answers to the last; of another epoch, or left, it is not looked at any more. */
  #openThread(open, own, { tab, user }) {
    const { conversation, epoch, thread, answers, hasBefore, follows: isFollowed } = open;
    const log = this.#log(conversation);
    const isSeen = follows(log).roles.has(user) && thread >= rangeOf(log, user)[0];
    if (epoch !== log.epoch || !isSeen || log.entries[thread - 1]?.body.thread) return;
    const hidden = this.#hiddenFrom(user, conversation);
    const isAnswer = ({ seq, kind, body }) => kind === 'message.sent' && body.thread === thread && !hidden.has(seq);
    const all = log.entries.flatMap((one) => (isAnswer(one) ? one.seq : []));
    const right = hasBefore ? all.slice(all.indexOf(answers[0])) : all;
    this.#must(isSame(answers, right), 'converges', `${tab} shows of ${placeOf(open)} ${answers}, not ${right}`);
    const isOwn = own.some((one) => placeOf(one) === placeOf(open));
    this.#must(isFollowed === isOwn, 'converges', `${tab}: ${placeOf(open)} is ${isOwn ? '' : 'not '}followed`);
    if (isOwn) this.#standing(open, own, { tab, user });
  }
  #conversation(shown, { tab, user, log }) {
    const { conversation, items, unread, mentions } = shown;
    const { name, roles, texts } = follows(log);
    const members = [...roles].map((one) => one.join(' ')).sort();
    const read = log.marks.get(user)?.read ?? 0;
    const right = { epoch: log.epoch, head: headOf(log), name, role: roles.get(user), size: roles.size, read, members };
    const wrong = Object.keys(right).filter((field) => !isSame(shown[field], right[field]));
    this.#must(wrong.length === 0, 'converges', `${tab}, ${conversation}: ${wrong}, which are ${asText(right)}`);
    const counted = log.entries.slice(Math.max(read, rangeOf(log, user)[0] - 1));
    const above = counted.filter(({ seq, author, body }) => author !== user && texts.has(seq) && !body.thread);
    const named = above.filter(({ body: { mentions } }) => mentions?.all || mentions?.users?.includes(user));
    const counts = [above, named].map(({ length }) => Math.min(length, 1_000));
    this.#must(isSame([unread, mentions], counts), 'counts', `${tab}, ${conversation}: unread, mentions are ${counts}`);
    this.#items({ ...shown, items: items ?? [], hasAfter: false }, { tab, user });
  }
  /** Items are all from the first of them, or of all, up to the last of them, or of all that the person may see. */
  #items({ conversation, items, hasBefore, hasAfter }, { tab, user }) {
    const log = this.#log(conversation);
    const [[first, upTo], hidden] = [rangeOf(log, user), this.#hiddenFrom(user, conversation)];
    for (const one of log.entries) if (isHidden(one, log.first ?? 1)) hidden.add(one.seq);
    const [{ texts: seen, reactions, answers, pins, polls }, { texts: all }] = [follows(log, upTo), follows(log)];
    const [from, to] = [hasBefore ? items[0]?.seq : first, hasAfter ? items.at(-1)?.seq : upTo];
    const visible = log.entries.slice(first - 1).map(seenFrom(first));
    const shown = visible.filter(
      (entry) => entry.seq >= from && entry.seq <= to && isShown(entry) && !hidden.has(entry.seq),
    );
    const asShown = ([emoji, by]) => `${emoji} ${by.length}${by.includes(user) ? ' mine' : ''}`;
    const isAged = hasAged(log, { time: this.#until, days: this.#days });
    const aged = (seq) => isAged(log.entries[seq - 1] ?? {}); // Whoever read it then has it empty.
    const itemOf = ({ seq, kind, author = null }, last = null, ...said) =>
      aged(seq)
        ? [seq, kind, author]
        : seen.has(seq) && !all.has(seq)
          ? [seq, kind, author, last]
          : [seq, kind, author, last, ...said];
    const kindsOf = ({ seq }) => Object.entries(reactions.get(seq) ?? {}).map(asShown);
    const joined = (of, { seq }) => of.get(seq)?.join(' ');
    const saidOf = (one) => [seen.get(one.seq)?.at(-1) ?? null, kindsOf(one), joined(pins, one), joined(polls, one)];
    const right = shown.map((one) => itemOf(one, joined(answers, one), ...saidOf(one)));
    const traced = items.filter(({ kind, seq }) => kind !== 'hidden' || !hidden.has(seq));
    const is = traced.map((item) =>
      itemOf(item, item.answers, item.text, item.reactions ?? [], item.pinned, item.poll),
    );
    this.#must(isSame(is, right), 'converges', `${tab} shows of ${conversation} ${asText(is)}, not ${asText(right)}`);
  }
  #leftWithServer(key, { who, conversation }, scheduled) {
    const items = scheduled.find(({ user }) => user === this.#userOf(who))?.items;
    const item = items?.find((one) => one.key === key);
    const isLate = this.#has('jump'); // A node's clock may have been set back.
    const isThere = entryOf({ key, conversation }, this.#logs) || !items || (item && (item.refused || isLate));
    this.#must(isThere, 'kept', `${key} was left with the server, and is neither in ${conversation} nor in the list`);
  }
  #found({ tab, user, word, hits }) {
    const isHit = ([seq, edits], from, hidden) => seq >= from && !hidden.has(seq) && plain(edits.at(-1)).includes(word);
    const seqsIn = ({ id, log, texts }, [from] = rangeOf(log, user), hidden = this.#hiddenFrom(user, id)) =>
      [...texts].flatMap((one) => (isHit(one, from, hidden) ? one[0] : []));
    const mayBeDue = (id, seq) => this.#has('jump') && this.#log(id).entries[seq - 1]?.body.disappearAt;
    const sure = (places) => places?.filter((place) => !mayBeDue(...place.split(' '))).sort();
    const right = sure(this.#in(user).flatMap((one) => seqsIn(one).map((seq) => `${one.id} ${seq}`)));
    this.#must(isSame(sure(hits), right), 'found', `${tab} finds of ${word} ${hits}, not ${right}`);
  }
  /** What was deleted is in no log, and with nobody who may see that it was: no whole string, as m1 is part of m12. */
  #erased({ logs, tabs, stores }) {
    const intact = stores.filter(({ device }) => tabs.every((tab) => tab.device !== device || tab.isDurable));
    const standing = [...this.#logs.values()].flatMap((log) => [...follows(log).texts.values()].flat());
    for (const place of [...logs, ...tabs, ...intact]) {
      const [where, found] = [place.tab ?? place.device ?? place.conversation, asText(place)];
      for (const log of this.#logs.values()) {
        const user = place.conversation ? null : this.#userOf(where);
        const gone = goneFrom(log, user).filter((text) => !standing.includes(text));
        const held = gone.filter((text) => found.includes(asText(text)));
        this.#must(held.length === 0, 'erased', `${where} has what was deleted: ${asText(held)}`);
      }
    }
  }
}

function check(file) {
  try {
    const history = JSON.parse(readFileSync(file, 'utf8'));
    if (history?.format !== 'kith-history/1') throw new Error(`its format is ${asText(history?.format)}`);
    return new Checker().check(history).map((breach) => console.log(breach)).length > 0 ? 1 : 0;
  } catch (error) {
    return console.error(`${file} is not a history: ${error.message}`) ?? 2;
  }
}

const statuses = process.argv.slice(2).map(check);
if (statuses.length === 0) console.error('Which histories? node check-history.mjs FILE…');
process.exitCode = statuses.length === 0 ? 2 : Math.max(...statuses);
