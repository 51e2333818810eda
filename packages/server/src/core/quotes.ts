// What is quoted: the messages to which others reply, as their reader may see them now, however far back they stand. Rules J8
// to J10 of docs/protocol/v1.md.
import { type ConversationId, LIMITS, type Params, type TimelineItem, toId } from '@kith/protocol';
import { requireEpoch, requireReader } from './access.js';
import { asShownTo } from './hides/hides.js';
import type { ConversationLog, EditedPage } from './log.js';
import { itemsOf, type MessagePage } from './messages.js';
import type { Principal } from './principal.js';

export type Quotes = { readonly epoch: number; readonly asOf: number; readonly items: TimelineItem[] };

/**
 * Messages by their numbers, rising; those that are none, or that the reader may not see, are left out.
 * @throws not_found, epoch_changed
 */
export async function readQuotes(
  log: ConversationLog,
  principal: Principal,
  params: Params<'quotes.read'>,
): Promise<Quotes> {
  const conversation = toId<ConversationId>(params.conversation);
  const record = (await log.records([conversation])).get(conversation) ?? null;
  const { record: judged, first, last } = requireReader(record, principal);
  requireEpoch(judged, params.epoch);
  const seqs = [...new Set(params.targets)].filter((seq) => seq >= first && seq <= (last ?? seq)).sort((a, b) => a - b);
  const ranges = seqs.map((seq) => ({ conversation, after: seq - 1, upTo: seq, limit: 1, from: 'lower' as const }));
  const bound = last === null ? {} : { upToChange: last };
  const read = await log.readManyEdited({ ranges, reader: principal.user, ...bound });
  const pages = await asShownTo(log, principal, read);
  const items = pages.flatMap((page) => asSeen(page, principal, params.epoch));
  const now = pages[0]?.record.state.head ?? judged.state.head;
  return { epoch: judged.state.epoch, asOf: last ?? now, items };
}

/** A page with what its messages reply to and is not in it: the newest replies first, at most `limits.quotes`. */
export async function withQuoted(
  log: ConversationLog,
  principal: Principal,
  { page, conversation }: { readonly page: MessagePage; readonly conversation: string },
): Promise<MessagePage & { readonly quoted?: TimelineItem[] }> {
  const shown = new Set(page.items.map(({ seq }) => seq));
  const wanted = page.items.flatMap(({ body: { replyTo } }) =>
    typeof replyTo === 'number' && !shown.has(replyTo) ? replyTo : [],
  );
  if (wanted.length === 0) return page;
  const targets = [...new Set(wanted.reverse())].slice(0, LIMITS.quotes);
  const { items } = await readQuotes(log, principal, { conversation, epoch: page.epoch, targets });
  return items.length > 0 ? { ...page, quoted: items } : page;
}

/** Judged on the record of the same moment. @throws epoch_changed */
function asSeen(page: EditedPage, principal: Principal, epoch: number): readonly TimelineItem[] {
  const { record, first, last } = requireReader(page.record, principal);
  requireEpoch(record, epoch);
  const [entry] = page.entries;
  if (entry?.kind !== 'message.sent' || entry.seq < first || entry.seq > (last ?? entry.seq)) return [];
  return itemsOf(page, last ?? record.state.head);
}
