// What has had its time, in a history in which a log begins further up: it is somewhere still, or went too early.
import { type Draft, eventsOf, first, shownOn } from './draft.js';

/** Ten days. */
const LONG_MS = 864_000_000;

export function goEarly(draft: Draft): void {
  first(eventsOf(draft, 'trimmed')).time -= LONG_MS;
}

/** The log should begin further up by now. */
export function stayInLog({ end }: Draft): void {
  first([end.retention].flatMap((retention) => retention ?? [])).time += LONG_MS;
}

export function stayInStore(draft: Draft): void {
  const { text, tab } = aged(draft);
  const store = first(draft.end.stores.filter(({ device }) => device === tab.device));
  store.contents = [text, store.contents];
}

export function stayOnTab(draft: Draft): void {
  const { text, seq, author, shown } = aged(draft);
  shown.items?.unshift({ seq, kind: 'message.sent', author, text });
}

export function stayCounted(draft: Draft): void {
  aged(draft).shown.unread += 1;
}

/** A message that is emptied, and a tab of one who is in that conversation. */
function aged(draft: Draft) {
  const { conversation, first: beginning } = first(eventsOf(draft, 'trimmed'));
  const committed = eventsOf(draft, 'committed').filter((event) => event.conversation === conversation);
  const messages = committed.flatMap(({ entries }) => entries.filter(({ kind }) => kind === 'message.sent'));
  const { seq, author = '', body } = first(messages.filter((entry) => entry.seq < beginning));
  const { tab, shown } = first([...shownOn(draft)].filter((one) => one.shown.conversation === conversation));
  return { text: String(body.text), seq, author, tab, shown };
}
