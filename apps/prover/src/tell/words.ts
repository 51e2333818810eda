// What an event says, in words without its actor: `message.send m3 to all`, `commits all:4 (m2 by bob)`.
import type { Entry } from '@kith/protocol';
import type { HistoryEvent } from '../history/history.js';
import { brief, type Names, printable } from './names.js';

type Of<T extends HistoryEvent['type']> = Extract<HistoryEvent, { readonly type: T }>;

export function wordsOf(event: HistoryEvent, names: Names): string {
  switch (event.type) {
    case 'step':
      return `${event.index} ${event.step.do}`;
    case 'quiet':
      return 'everything is healed: from here on nothing goes wrong';
    case 'committed':
      return `commits ${event.entries.map((entry) => `${names.place(entry)} (${entryWords(entry, names)})`).join(', ')}`;
    case 'marked':
      return `${names.conversation(event.conversation)}: ${markWords(event, names)}`;
    case 'restored':
      return `is put back, epoch ${Math.max(1, ...event.logs.map(({ epoch }) => epoch))},`;
    case 'trimmed':
      return `begins ${names.conversation(event.conversation)} with ${event.first}`;
    case 'retention':
      return `keep messages for ${event.days ?? 'all'} days`;
    case 'miscounted':
      return `counts ${event.own.unread} unread in ${names.conversation(event.conversation)}, its server ${event.told.unread}`;
    case 'asked':
      return askedWords(event, names);
    case 'acked':
      return ackedWords(event, names);
    case 'refused':
      return `refuses ${join(event.name, names.message(event.key))}: ${event.code}`;
    case 'told':
      return names.places(event.entries);
    case 'left out':
      return `leaves out ${rangeWords(event, names)}`;
    case 'described':
      return describedWords(event, names);
    case 'wrote':
      return `writes ${brief(event.text)} in ${names.conversation(event.conversation)}`;
    case 'kept':
      return `${names.message(event.key)} is kept${event.isDurable ? '' : ', for this run alone'}`;
    case 'changed':
      return `${names.written(event.id)} is ${event.how}`;
    case 'life':
      return event.what;
    default:
      return unknownWords(event);
  }
}

/** `m2 by bob`, `bob joins, by ann` */
function entryWords({ kind, author, body, erased }: Entry, names: Names): string {
  const by = names.person(author);
  const users = Array.isArray(body.users) ? body.users.map((user) => names.person(String(user))).join(' ') : '';
  switch (kind) {
    case 'message.sent':
      return `${erased === true ? 'erased' : brief(String(body.text ?? 'no text'))} by ${by}`;
    case 'conversation.created':
      return `${String(body.kind)} of ${users} made by ${by}`;
    case 'conversation.updated':
      return `called ${brief(String(body.name ?? 'nothing'))} by ${by}`;
    case 'member.joined':
      return `${users} added by ${by}`;
    case 'member.left':
      return users === by ? `${users} leaves` : `${users} removed by ${by}`;
    case 'member.role':
      return `${names.person(String(body.user))} made ${String(body.role)} by ${by}`;
    default:
      return `${printable(kind)} by ${by}`;
  }
}

function markWords({ marks }: Of<'marked'>, names: Names): string {
  return marks
    .map(({ user, delivered, read }) => `${names.person(user)} has ${delivered}, has read ${read}`)
    .join('; ');
}

function askedWords({ name, conversation, key }: Of<'asked'>, names: Names): string {
  const what = join(name, names.message(key));
  return conversation === null
    ? what
    : `${what} ${name === 'message.send' ? 'to' : 'in'} ${names.conversation(conversation)}`;
}

function ackedWords({ name, conversation, key, seq, isDuplicate }: Of<'acked'>, names: Names): string {
  const what = names.message(key) || name;
  return `confirms ${what} as ${names.place({ conversation, seq })}${isDuplicate ? ', again' : ''}`;
}

function rangeWords({ conversation, after, head }: Of<'left out'>, names: Names): string {
  return `${names.place({ conversation, seq: after + 1 })}${head > after + 1 ? `-${head}` : ''}`;
}

function describedWords({ summaries, isPushing }: Of<'described'>, names: Names): string {
  return summaries
    .map(({ conversation, head, name, role, members, pushedAfter }) => {
      const called = name === null ? '' : `“${brief(name)}”, `;
      const pushed = isPushing && pushedAfter !== head ? `, pushed above ${pushedAfter}` : '';
      return `${names.place({ conversation, seq: head })} is ${called}${role} of ${members}${pushed}`;
    })
    .join('; ');
}

/** Of a later version of the format. */
function unknownWords({ type }: { readonly type: unknown }): string {
  return printable(String(type));
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' ');
}
