// What a search finds in the end is what stands in the log: every message that its asker may see and that has the word in it
// as it was edited last, once, and nothing else. Where clocks were set, what disappears may have had its time and not be erased
// yet: that may be found or not.
import type { FoundByWord, History } from '../history/history.js';
import { hasStep } from '../plan.js';
import { hiddenIn } from './hides.js';
import type { Breach } from './law.js';
import { type Ledger, type LoggedConversation, standingAt, visibleFrom } from './ledger.js';

export function judgeFinding({ plan, end }: History, ledger: Ledger): readonly Breach[] {
  const unsure = new Set(hasStep(plan, 'jump') ? [...ledger.all()].flatMap(disappearing) : []);
  return end.found.flatMap((found) => {
    const hits = found.hits?.filter((place) => !unsure.has(place)) ?? null;
    return judgeOne({ ...found, hits }, ledger, unsure);
  });
}

function disappearing({ id, entries }: LoggedConversation): readonly string[] {
  return entries.flatMap(({ seq, body }) => (body.disappearAt === undefined ? [] : `${id} ${seq}`));
}

function judgeOne(
  { tab, user, word, hits }: FoundByWord,
  ledger: Ledger,
  unsure: ReadonlySet<string>,
): readonly Breach[] {
  if (hits === null) return [breach(`${tab} searches for ${word}, and is not answered`)];
  const wanted = [...ledger.all()]
    .flatMap((log) => placesOf(log, { user, word, hidden: hiddenIn(ledger, user, log) }))
    .filter((place) => !unsure.has(place));
  const missing = wanted.filter((place) => !hits.includes(place));
  const extra = hits.filter((place, index) => !wanted.includes(place) || hits.indexOf(place) !== index);
  if (missing.length + extra.length === 0) return [];
  return [breach(`${tab} searches for ${word}, does not find ${missing.join()}, and finds ${extra.join()}`)];
}

type Asked = { readonly user: string; readonly word: string; readonly hidden: ReadonlySet<unknown> };

function placesOf(log: LoggedConversation, { user, word, hidden }: Asked): readonly string[] {
  const { id, entries } = log;
  if (!standingAt(entries, entries.length).roles.has(user)) return [];
  const texts = new Map<unknown, string>();
  for (const { kind, seq, body, erased } of entries) {
    if (erased || typeof body.text !== 'string') continue;
    texts.set(kind === 'message.edited' ? body.target : seq, body.text);
  }
  const from = visibleFrom(log, user);
  const found = [...texts].filter(
    ([seq, text]) => Number(seq) >= from && !hidden.has(Number(seq)) && plain(text).includes(word),
  );
  return found.map(([seq]) => `${id} ${String(seq)}`);
}

/** Without accents and in lower case. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

function breach(found: string): Breach {
  return { law: 'found', found, event: null };
}
