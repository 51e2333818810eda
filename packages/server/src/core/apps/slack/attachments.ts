// Slack's attachments as text: what stands above one, then the rest of it quoted, as Slack draws a bar beside it. Its colour is
// told where it has a meaning.
import { blocksShown, bold } from './blocks.js';
import { type Fields, fieldsOf, listOf, textOf } from './fields.js';
import { fromMrkdwn, fromPlain, linkShown, type Spoken } from './mrkdwn.js';
import { SlackRefusal } from './refusal.js';

const MOST_ATTACHMENTS = 100;
const MOST_FIELDS = 50;
const COLOURS: { readonly [colour: string]: string } = { good: '🟢', warning: '🟡', danger: '🔴' };

/** @throws SlackRefusal invalid_attachments, too_many_attachments */
export function attachmentsShown(value: unknown, spoken: Spoken): readonly string[] {
  if (Array.isArray(value) && value.length > MOST_ATTACHMENTS) throw new SlackRefusal('too_many_attachments', 400);
  const attachments = listOf(value, MOST_ATTACHMENTS, invalid).map((attachment) => fieldsOf(attachment, invalid));
  return attachments.map((attachment) => attachmentShown(attachment, spoken)).filter((text) => text !== '');
}

function invalid(): SlackRefusal {
  return new SlackRefusal('invalid_attachments', 400);
}

function attachmentShown(attachment: Fields, spoken: Spoken): string {
  const read = (field: string) => textOf(attachment[field], invalid);
  const marked = (field: string) => fromMrkdwn(read(field) ?? '', spoken);
  const lines = [
    linkOf(read('author_name'), read('author_link'), spoken),
    titleShown(read('title'), read('title_link'), spoken),
    marked('text'),
    ...fieldsShown(attachment, spoken),
    (attachment.blocks === undefined ? '' : blocksShown(attachment.blocks, spoken)) ?? '',
    linkOf(read('image_url') === null ? null : 'image', read('image_url'), spoken),
    fromPlain(read('footer') ?? ''),
  ].filter((line) => line !== '');
  const pretext = marked('pretext');
  if (lines.length === 0 && pretext === '') return marked('fallback');
  const colour = COLOURS[String(attachment.color)];
  const all = colour === undefined ? lines : [`${colour} ${lines[0] ?? ''}`.trim(), ...lines.slice(1)];
  const quoted = all.flatMap((line) => line.split('\n')).map((line) => `> ${line}`.trimEnd());
  return [pretext, ...quoted].filter((line) => line !== '').join('\n');
}

function titleShown(title: string | null, link: string | null, spoken: Spoken): string {
  if (title === null) return '';
  const text = bold(fromMrkdwn(title, spoken));
  return link === null ? text : linkShown(link, text, spoken);
}

function linkOf(name: string | null, link: string | null, spoken: Spoken): string {
  if (name === null) return '';
  return link === null ? fromPlain(name) : linkShown(link, name, spoken);
}

function fieldsShown(attachment: Fields, spoken: Spoken): readonly string[] {
  return listOf(attachment.fields, MOST_FIELDS, invalid).map((value) => {
    const field = fieldsOf(value, invalid);
    const title = bold(fromPlain(textOf(field.title, invalid) ?? ''));
    // Numbers come often.
    const written = typeof field.value === 'number' ? String(field.value) : textOf(field.value, invalid);
    const text = fromMrkdwn(written ?? '', spoken);
    return [title, text].filter((part) => part !== '').join(text.includes('\n') ? '\n' : ': ');
  });
}
