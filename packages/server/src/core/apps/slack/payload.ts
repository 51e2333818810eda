// A payload of Slack's incoming webhooks made into the text of one message, and whom it speaks to. What isn't named here (the
// name and picture of another, another channel, threads of Slack's) is left out: a webhook speaks as its bot, in its place.
import { ChatError, LIMITS, parseJson } from '@kith/protocol';
import { attachmentsShown } from './attachments.js';
import { blocksShown, invalidBlocks } from './blocks.js';
import { type Fields, fieldsOf, textOf } from './fields.js';
import { fromMrkdwn, fromPlain, type Lookups, type Spoken, withoutHiddenLinks } from './mrkdwn.js';
import { invalidPayload, SlackRefusal } from './refusal.js';

export type SlackMessage = {
  readonly text: string;
  /** At most `limits.mentions`. */
  readonly users: readonly string[];
  readonly isToAll: boolean;
};

/** @throws SlackRefusal invalid_payload */
export function parsePayload(text: string): Fields {
  try {
    return fieldsOf(parseJson(text));
  } catch (error) {
    if (error instanceof ChatError) throw invalidPayload();
    throw error;
  }
}

/** @throws SlackRefusal invalid_payload, no_text, invalid_blocks, invalid_attachments, too_many_attachments */
export function messageOf(payload: Fields, lookups: Lookups): SlackMessage {
  const spoken: Spoken = { users: new Set(), isToAll: false, ...lookups };
  const main = mainText(payload, spoken);
  const parts = [main, ...attachmentsShown(payload.attachments, spoken)].filter((part) => part.trim() !== '');
  const text = withoutHiddenLinks(parts.join('\n\n')).trim();
  if (text === '') throw new SlackRefusal('no_text', 400);
  return { text: cut(text), users: [...spoken.users].slice(0, LIMITS.mentions), isToAll: spoken.isToAll };
}

/** Blocks are the message and `text` what is told in a notice; where they can't be shown, that is the message. */
function mainText(payload: Fields, spoken: Spoken): string {
  const written = textOf(payload.text);
  const text = () => (payload.mrkdwn === false ? fromPlain(written ?? '') : fromMrkdwn(written ?? '', spoken));
  if (payload.blocks === undefined || payload.blocks === null) return text();
  const shown = blocksShown(payload.blocks, spoken);
  if (shown === null && written === null) throw invalidBlocks();
  return shown === null || shown === '' ? text() : shown;
}

/** As much as a message takes, and says so. */
function cut(text: string): string {
  if (text.length <= LIMITS.text) return text;
  const note = `\n… (cut: ${text.length} characters, of which a message takes ${LIMITS.text})`;
  const room = LIMITS.text - note.length;
  // Never through a character of two units.
  const end = /[\uD800-\uDBFF]/.test(text.charAt(room - 1)) ? room - 1 : room;
  return text.slice(0, end) + note;
}
