// What is copied from a page elsewhere, as the Markdown of a message: bold, slanted, struck out, code, links, lists, quotes.
// The parser makes a tree of its own and never a part of this page, so nothing of what is pasted is loaded or run. Loaded when
// something formatted is pasted for the first time.
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

/** Deeper nesting is read as the text in it. */
const MOST_DEPTH = 40;
/** UTF-16 units of HTML: far more than a message holds, and read within a few tens of milliseconds. */
const MOST_UNITS = 400_000;
const UNSEEN: ReadonlySet<string> = new Set(['script', 'style', 'head', 'title', 'template', 'noscript', 'svg']);
const BLOCKS: ReadonlySet<string> = new Set(
  'p div section article header footer main aside figure figcaption table thead tbody tr address form details summary dl dt dd h1 h2 h3 h4 h5 h6'.split(
    ' ',
  ),
);
const MARKS: { readonly [name: string]: string } = {
  b: '**',
  strong: '**',
  h1: '**',
  h2: '**',
  h3: '**',
  h4: '**',
  h5: '**',
  h6: '**',
  em: '_',
  i: '_',
  s: '~~',
  del: '~~',
  strike: '~~',
};
/** Whether there is anything that a text would lose. */
const FORMATTED = /<(?:b|strong|em|i|s|del|strike|code|pre|a|ul|ol|blockquote|h[1-6])[\s>]/i;
const SAFE = /^(?:https?|mailto):/i;

/** Null where it holds nothing that is worth it: then its plain text is as good. */
export function markdownOf(html: string): string | null {
  if (html.length > MOST_UNITS || !FORMATTED.test(html)) return null;
  const text = inside(parseFragment(html).childNodes, { depth: 0, isCode: false })
    .replace(/[ \t]+\n/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
  return text === '' ? null : text;
}

type Place = { readonly depth: number; readonly isCode: boolean };

function inside(nodes: readonly Node[], place: Place): string {
  return nodes.map((node) => markdown(node, place)).join('');
}

function markdown(node: Node, place: Place): string {
  if ('value' in node) return place.isCode ? node.value : escaped(node.value.replace(/[\s\u200b]+/g, ' '));
  if (!('tagName' in node) || UNSEEN.has(node.tagName)) return '';
  const { tagName, childNodes } = node;
  const deeper = { ...place, depth: place.depth + 1 };
  if (place.depth > MOST_DEPTH) return raw(node);
  switch (tagName) {
    case 'br':
      return '\n';
    case 'pre':
      return `\n\n\`\`\`${languageOf(node)}\n${raw(node).replace(/\n+$/, '')}\n\`\`\`\n\n`;
    case 'code':
    case 'kbd':
    case 'samp':
      return inlineCode(raw(node));
    case 'a':
      return link(node, deeper);
    case 'img':
      return escaped(attribute(node, 'alt'));
    case 'ul':
    case 'ol':
      return `\n\n${list(node, deeper)}\n\n`;
    case 'blockquote':
      return `\n\n${quoted(inside(childNodes, deeper).trim())}\n\n`;
    case 'td':
    case 'th':
      return `${inside(childNodes, deeper).trim()} `;
    case 'hr':
      return '\n\n';
  }
  const said = withMark(inside(childNodes, deeper), markOf(node));
  const gap = tagName === 'p' || /^h[1-6]$/.test(tagName) ? '\n\n' : '\n';
  return BLOCKS.has(tagName) ? `${gap}${said.trim()}${gap}` : said;
}

/** Programs that write texts put one mark around everything and take it away by its style. */
function markOf(element: Element): string {
  const style = attribute(element, 'style');
  if (/font-weight:\s*(?:normal|400)/i.test(style)) return '';
  const mark = MARKS[element.tagName];
  if (mark !== undefined || element.tagName !== 'span') return mark ?? '';
  if (/font-weight:\s*(?:bold|[6-9]00)/i.test(style)) return '**';
  return /font-style:\s*italic/i.test(style) ? '_' : '';
}

/** A mark stands at a word, never at a blank, and not across lines. */
function withMark(said: string, mark: string): string {
  if (mark === '' || said.trim() === '' || said.trim().includes('\n') || said.includes(mark)) return said;
  const inner = said.trim();
  const at = said.indexOf(inner);
  return said.slice(0, at) + mark + inner + mark + said.slice(at + inner.length);
}

function inlineCode(code: string): string {
  const said = code.replace(/\s+/g, ' ');
  if (said.trim() === '') return said;
  return said.includes('`') ? `\`\` ${said} \`\`` : `\`${said}\``;
}

function link(element: Element, place: Place): string {
  const said = inside(element.childNodes, place);
  const address = attribute(element, 'href').trim();
  const words = said.trim();
  if (!SAFE.test(address) || /[\s<>]/.test(address)) return said;
  if (words === '' || words === escaped(address)) return words === '' ? '' : address;
  if (words.includes('\n') || /[[\]]/.test(words)) return said;
  return said.replace(words, () => `[${words}](${address.replaceAll('(', '%28').replaceAll(')', '%29')})`);
}

function list(element: Element, place: Place): string {
  const first = Number.parseInt(attribute(element, 'start'), 10) || 1;
  const items = element.childNodes.filter((child): child is Element => 'tagName' in child && child.tagName === 'li');
  return items
    .map((item, index) => {
      const sign = element.tagName === 'ol' ? `${first + index}. ` : '- ';
      const said = inside(item.childNodes, place)
        .trim()
        .replace(/\n{2,}/g, '\n');
      return sign + said.replaceAll('\n', `\n${' '.repeat(sign.length)}`);
    })
    .join('\n');
}

function quoted(text: string): string {
  return text.replace(/\n{3,}/g, '\n\n').replace(/^/gm, '> ');
}

/** The text as it is, however deep. */
function raw(element: Element): string {
  let text = '';
  const left: Node[] = [...element.childNodes].reverse();
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if ('value' in node) text += node.value;
    else if (node.nodeName === 'br') text += '\n';
    else if ('childNodes' in node && !UNSEEN.has(node.nodeName)) left.push(...[...node.childNodes].reverse());
  }
  return text;
}

/** What would be read as a mark, and was none. */
function escaped(text: string): string {
  return text.replace(/[\\*`]|~~|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&');
}

function languageOf(element: Element): string {
  const classes = [element, ...element.childNodes.filter((child) => 'tagName' in child)]
    .map((each) => attribute(each, 'class'))
    .join(' ');
  return /(?:^|\s)lang(?:uage)?-([a-z0-9+#-]{1,20})/i.exec(classes)?.[1] ?? '';
}

function attribute(element: Element, name: string): string {
  return element.attrs.find((one) => one.name === name)?.value ?? '';
}
