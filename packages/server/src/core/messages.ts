// Messages: sending one, and reading them as a person sees them.
import {
  ChatError,
  type ConversationId,
  type Entry,
  type Key,
  LIMITS,
  type Params,
  type TimelineItem,
  toId,
  type Written,
} from '@kith/protocol';
import { type Membership, requireBasis, requireEpoch, requireMember, requireReader } from './access.js';
import type { ConversationLog, Draft, LogPage, ReadRange } from './log.js';
import type { Principal } from './principal.js';
import type { Writer } from './writer.js';

/** Sends a message. The same key again gives the first answer. */
export function sendMessage(writer: Writer, principal: Principal, params: Params<'message.send'>): Promise<Written> {
  const body = messageBody(params);
  return writer.write(principal, {
    conversation: toId(params.conversation),
    key: toId<Key>(params.key),
    content: JSON.stringify(body),
    ...(params.after === undefined ? {} : { after: toId<Key>(params.after) }),
    decide(record): [Draft] {
      const membership = requireMember(record, principal, 'message.send');
      requireBasis(membership.record, params.basis);
      if (body.mentions?.all) requireMember(record, principal, 'mention.all');
      if (body.replyTo !== undefined && body.replyTo > membership.record.state.head) {
        throw new ChatError('bad_request', 'replyTo: no such entry in this conversation');
      }
      return [{ kind: 'message.sent', body }];
    },
  });
}

type MessageBody = {
  readonly text: string;
  readonly replyTo?: number;
  readonly mentions?: { readonly users?: readonly string[]; readonly all?: true };
};

/** The body as it is stored: known fields only, in one order, so that the same message is the same text. */
function messageBody(params: Params<'message.send'>): MessageBody {
  const users = [...new Set(params.mentions?.users?.map((user) => user.toLowerCase()))];
  const mentions = {
    ...(users.length > 0 ? { users } : {}),
    ...(params.mentions?.all ? { all: true as const } : {}),
  };
  return {
    text: params.text,
    ...(params.replyTo === undefined ? {} : { replyTo: params.replyTo }),
    ...(Object.keys(mentions).length > 0 ? { mentions } : {}),
  };
}

export type MessagePage = {
  readonly epoch: number;
  readonly asOf: number;
  readonly from: number;
  readonly to: number;
  readonly hasBefore: boolean;
  readonly hasAfter: boolean;
  readonly items: TimelineItem[];
};

const SHOWN = new Set(['message.sent', 'conversation.created', 'conversation.updated']);

/** The entries that a timeline shows: messages, and who came, went or renamed. Kinds of later versions are kept. */
function isShown(entry: Entry): boolean {
  return SHOWN.has(entry.kind) || entry.kind.startsWith('member.') || !('target' in entry.body);
}

/**
 * Messages of a conversation, whole for [from, to]; by default the newest.
 * @throws not_found, epoch_changed
 */
export async function readMessages(
  log: ConversationLog,
  principal: Principal,
  params: Params<'messages.read'>,
): Promise<MessagePage> {
  const limit = params.limit ?? 50;
  const { before, after, at } = params;
  const conversation = toId<ConversationId>(params.conversation);
  const around = at === undefined ? params.around : await log.seqAt(conversation, at);
  if (after !== undefined) {
    return asPage(await readPage(log, principal, { epoch: params.epoch, conversation, after, limit, from: 'lower' }));
  }
  const end = before !== undefined ? before - 1 : around !== undefined ? around + Math.floor(limit / 2) : undefined;
  const bound = end === undefined ? {} : { upTo: end };
  const range = { epoch: params.epoch, conversation, after: 0, limit, from: 'upper', ...bound } as const;
  return asPage(await readPage(log, principal, range));
}

export type ReadablePage = LogPage & { readonly membership: Membership; readonly first: number; readonly head: number };

/** Reads a page and judges it on the record of the same moment: nothing above the person's last seq is in it. */
export async function readPage(
  log: ConversationLog,
  principal: Principal,
  { epoch, ...range }: ReadRange & { readonly epoch: number | undefined },
): Promise<ReadablePage> {
  const wanted = { ...range, limit: Math.min(range.limit, LIMITS.readPage) };
  const page = await log.read(wanted);
  const membership = requireReader(page?.record ?? null, principal);
  requireEpoch(membership.record, epoch);
  const head = membership.last ?? membership.record.state.head;
  // From the upper end of what was read, one who has left would see less than a page: their end is known only now.
  const isCut = range.from === 'upper' && membership.last !== null && (range.upTo ?? head + 1) > head;
  const shown = isCut ? await log.read({ ...wanted, upTo: head }) : page;
  const entries = shown?.entries.filter((entry) => entry.seq <= head) ?? [];
  return { record: membership.record, entries, membership, first: 1, head };
}

function asPage(page: ReadablePage): MessagePage {
  const { entries, head } = page;
  const from = entries[0]?.seq ?? head + 1;
  const to = entries.at(-1)?.seq ?? head;
  return {
    epoch: page.record.state.epoch,
    asOf: head,
    from,
    to,
    hasBefore: from > page.first,
    hasAfter: to < head,
    items: entries.filter(isShown).map((entry) => ({ asOf: head, ...entry })),
  };
}
