/**
 * One document as HTML that stands under the server's content security policy: no markup of the document's own, no style
 * in an attribute, no script. Headings get the names that links use, links between documents lead to their pages, code is
 * coloured by classes.
 */
import hljs from 'highlight.js/lib/common';
import MarkdownIt from 'markdown-it';
import { slugger } from './slug.mjs';

/** @typedef {{ readonly level: number, readonly slug: string, readonly text: string }} Heading */
/** @typedef {{ readonly slug: string, readonly title: string, readonly text: string }} Passage what is found by the search */
/** @typedef {{ readonly html: string, readonly title: string, readonly headings: readonly Heading[], readonly passages: readonly Passage[] }} Rendered */

/**
 * @param {string} text
 * @param {(href: string) => string | null} hrefOf where a link leads on the site; null for nowhere, then it is no link
 * @returns {Rendered}
 */
export function renderMarkdown(text, hrefOf) {
  const markdown = new MarkdownIt({ html: false, linkify: true, highlight: highlighted });
  markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });
  const slug = slugger();
  const tokens = markdown.parse(text, {});
  /** @type {Heading[]} */
  const headings = [];
  /** @type {{ slug: string, title: string, text: string[] }[]} */
  const passages = [{ slug: '', title: '', text: [] }];
  tokens.forEach((token, at) => {
    if (token.type === 'heading_open') {
      const name = plainText(tokens[at + 1]);
      const id = slug(name);
      token.attrSet('id', id);
      headings.push({ level: Number(token.tag.slice(1)), slug: id, text: name });
      passages.push({ slug: id, title: name, text: [] });
    } else if (token.type === 'inline' && tokens[at - 1]?.type !== 'heading_open') {
      passages.at(-1)?.text.push(plainText(token));
    } else if (token.type === 'fence' || token.type === 'code_block') passages.at(-1)?.text.push(token.content);
    if (token.type === 'th_open' || token.type === 'td_open') alignByClass(token);
    if (token.type === 'inline') linkInline(token, hrefOf);
  });
  const { rules } = markdown.renderer;
  // A table may be wider than the screen: then it scrolls, not the page.
  rules.table_open = () => '<div class="wide" tabindex="0"><table>\n';
  rules.table_close = () => '</table></div>\n';
  rules.heading_close = (all, at) => {
    const id = all[at - 2]?.attrGet('id') ?? '';
    const anchor = ` <a class="anchor" href="#${id}" aria-label="Link to here">#</a>`;
    return `${all[at]?.tag === 'h1' ? '' : anchor}</${all[at]?.tag}>\n`;
  };
  const html = scrollable(markdown.renderer.render(tokens, markdown.options, {}));
  const title = headings.find(({ level }) => level === 1)?.text ?? '';
  return {
    html,
    title,
    headings,
    passages: passages.map(({ text: parts, ...passage }) => ({ ...passage, text: parts.join('\n') })),
  };
}

/**
 * @param {string} code
 * @param {string} language
 */
function highlighted(code, language) {
  if (!hljs.getLanguage(language)) return '';
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}

/** @param {import('markdown-it').Token | undefined} token */
function plainText(token) {
  return (token?.children ?? [])
    .filter(({ type }) => ['text', 'code_inline', 'softbreak', 'image'].includes(type))
    .map(({ type, content }) => (type === 'softbreak' ? ' ' : content))
    .join('');
}

/**
 * Blocks of code may be wider than the screen, too: a keyboard must be able to go through them.
 * @param {string} html in which text is escaped
 */
export function scrollable(html) {
  return html.replaceAll('<pre>', '<pre tabindex="0">');
}

/** @param {import('markdown-it').Token} token */
function alignByClass(token) {
  const style = token.attrGet('style');
  if (style === null) return;
  token.attrs = (token.attrs ?? []).filter(([name]) => name !== 'style');
  token.attrSet('class', style.includes('right') ? 'right' : 'center');
}

/**
 * @param {import('markdown-it').Token} token
 * @param {(href: string) => string | null} hrefOf
 */
function linkInline(token, hrefOf) {
  /** @type {boolean[]} */
  const open = [];
  for (const child of token.children ?? []) {
    if (child.type === 'image') child.attrSet('src', hrefOf(child.attrGet('src') ?? '') ?? '');
    if (child.type === 'link_open') {
      const href = hrefOf(child.attrGet('href') ?? '');
      open.push(href !== null);
      if (href === null) Object.assign(child, { tag: 'span', attrs: [] });
      else child.attrSet('href', href);
    } else if (child.type === 'link_close' && open.pop() === false) child.tag = 'span';
  }
}
