// The part of Slack's Block Kit that is shown as text: section, header, divider, context, image, and buttons that are links.
// Where another kind of block comes, nothing of the blocks is shown, as half of a message may say the opposite of it.
import { type Fields, fieldsOf, listOf, textOf } from './fields.js';
import { fromMrkdwn, fromPlain, linkShown, type Spoken } from './mrkdwn.js';
import { SlackRefusal } from './refusal.js';

/** Slack's own bounds. */
const MOST_BLOCKS = 50;
const MOST_FIELDS = 10;
const MOST_ELEMENTS = 25;

/** Null where one of them is of a kind that is not shown. @throws SlackRefusal invalid_blocks */
export function blocksShown(value: unknown, spoken: Spoken): string | null {
  const blocks = listOf(value, MOST_BLOCKS, invalidBlocks).map((block) => fieldsOf(block, invalidBlocks));
  const shown = blocks.map((block) => blockShown(block, spoken));
  return shown.includes(null) ? null : shown.filter((text) => text !== '').join('\n');
}

export function invalidBlocks(): SlackRefusal {
  return new SlackRefusal('invalid_blocks', 400);
}

function blockShown(block: Fields, spoken: Spoken): string | null {
  switch (block.type) {
    case 'section':
      return sectionShown(block, spoken);
    case 'header':
      return bold(composed(block.text, spoken));
    case 'divider':
      return '---';
    case 'context':
      return elements(block)
        .map((element) => (element.type === 'image' ? imageShown(element, spoken) : composed(element, spoken)))
        .filter((text) => text !== '')
        .join(' · ');
    case 'image':
      return imageShown(block, spoken);
    case 'actions':
      return elements(block)
        .map((element) => buttonShown(element, spoken))
        .filter((text) => text !== '')
        .join(' · ');
    default:
      return null;
  }
}

function sectionShown(block: Fields, spoken: Spoken): string {
  const text = block.text === undefined ? '' : composed(block.text, spoken);
  const fields = listOf(block.fields, MOST_FIELDS, invalidBlocks).map((field) => composed(field, spoken));
  if (text === '' && fields.length === 0) throw invalidBlocks();
  return [text, ...fields, accessoryShown(block.accessory, spoken)].filter((part) => part !== '').join('\n');
}

function accessoryShown(value: unknown, spoken: Spoken): string {
  if (value === undefined || value === null) return '';
  const accessory = fieldsOf(value, invalidBlocks);
  return accessory.type === 'image' ? imageShown(accessory, spoken) : buttonShown(accessory, spoken);
}

/** A button that is no link needs somebody who answers it, and there is nobody. */
function buttonShown(element: Fields, spoken: Spoken): string {
  const url = textOf(element.url, invalidBlocks);
  return element.type === 'button' && url !== null ? linkShown(url, composed(element.text, spoken), spoken) : '';
}

function imageShown(image: Fields, spoken: Spoken): string {
  const url = textOf(image.image_url, invalidBlocks);
  const alt = textOf(image.alt_text, invalidBlocks) ?? '';
  if (url === null) throw invalidBlocks();
  const title = image.title === undefined ? '' : composed(image.title, spoken);
  return linkShown(url, [title, fromPlain(alt)].filter((part) => part !== '').join(': ') || 'image', spoken);
}

/** A text object: `mrkdwn`, or `plain_text`, which is taken as it stands. */
function composed(value: unknown, spoken: Spoken): string {
  const { type, text } = fieldsOf(value, invalidBlocks);
  const written = textOf(text, invalidBlocks);
  if (written === null || (type !== 'mrkdwn' && type !== 'plain_text')) throw invalidBlocks();
  return type === 'mrkdwn' ? fromMrkdwn(written, spoken) : fromPlain(written);
}

function elements(block: Fields): readonly Fields[] {
  return listOf(block.elements, MOST_ELEMENTS, invalidBlocks).map((element) => fieldsOf(element, invalidBlocks));
}

export function bold(text: string): string {
  return text === '' ? '' : `**${text.replace(/\s+/g, ' ').replaceAll('**', '').trim()}**`;
}
