// A message of Slack's made into the text of one of ours, and whom it speaks to: mrkdwn by the same rules as what incoming webhooks
// post, people and rooms by their names here, files as links without the tokens that open them.
import { messageOf } from '@kith/server/core/apps/slack/payload';
import { SlackRefusal } from '@kith/server/core/apps/slack/refusal';
import { hrefOf } from '@kith/server/edge/hrefs';
import type { EmojiNames } from './emoji-names.js';
import type { SlackPost } from './workspace.js';

export type Known = {
  /** By Slack's ids. */
  readonly people: ReadonlyMap<string, { readonly user: string }>;
  /** By the ids of this server. */
  readonly names: ReadonlyMap<string, string>;
  readonly rooms: ReadonlyMap<string, string>;
  readonly emoji: EmojiNames;
};

export type Text = { readonly text: string; readonly users: readonly string[]; readonly isToAll: boolean };

const PERSON = /<@([A-Z0-9]+)(?:\|([^<>\n]*))?>/g;
const ROOM = /<#([A-Z0-9]+)(?:\|([^<>\n]*))?>/g;

/** Null where there is nothing to be shown. */
export function textOf({ text, files, attachments }: SlackPost, { people, names, rooms, emoji }: Known): Text | null {
  const named = emoji
    .inText(text)
    .replace(PERSON, (_, id: string, label?: string) => `<@${people.get(id)?.user ?? id}${label ? `|${label}` : ''}>`)
    .replace(ROOM, (_, id: string, label?: string) => `<#${id}|${label || (rooms.get(id) ?? id)}>`);
  const lookups = { nameOf: (user: string) => names.get(user) ?? null, hrefOf };
  const said = [named, ...files.map(fileShown)].filter((part) => part !== '').join('\n');
  // What hangs on a text of its own is mostly a preview of a link in it.
  const payload = said === '' ? { attachments: attachments.slice(0, 100) } : { text: said };
  try {
    return messageOf(payload, lookups);
  } catch (error) {
    if (error instanceof SlackRefusal) return null;
    throw error;
  }
}

function fileShown({ name, url }: SlackPost['files'][number]): string {
  const label = `📎 ${name.replace(/[<>|&\n]/g, ' ')}`;
  const safe = url === null ? null : withoutToken(url);
  return safe === null ? label : `<${safe}|${label}>`;
}

/** Addresses in exports may open the file to whoever has them: what stands behind the path stays out. */
function withoutToken(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { origin, pathname, protocol } = new URL(text);
  return /^https?:$/.test(protocol) ? `${origin}${pathname}` : null;
}
