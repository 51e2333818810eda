// Markdown to elements. The parser is mdast's; here is what of its tree is shown, and how. Headings, tables, images and HTML
// are no part of a chat: they stand there as they were written. A link goes to the web or to mail, and nowhere else.
import type { Nodes, PhrasingContent, RootContent } from 'mdast';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmAutolinkLiteralFromMarkdown } from 'mdast-util-gfm-autolink-literal';
import { gfmStrikethroughFromMarkdown } from 'mdast-util-gfm-strikethrough';
import { gfmAutolinkLiteral } from 'micromark-extension-gfm-autolink-literal';
import { gfmStrikethrough } from 'micromark-extension-gfm-strikethrough';
import { Fragment, type ReactNode } from 'react';
import { CodeBlock } from './code-block.js';

const OPTIONS = {
  extensions: [
    gfmAutolinkLiteral(),
    gfmStrikethrough({ singleTilde: false }),
    {
      disable: {
        null: [
          'headingAtx',
          'setextUnderline',
          'htmlFlow',
          'htmlText',
          'thematicBreak',
          'labelStartImage',
          'definition',
          'codeIndented',
          'characterReference',
        ],
      },
    },
  ],
  mdastExtensions: [gfmAutolinkLiteralFromMarkdown(), gfmStrikethroughFromMarkdown()],
};
/** Nothing of the syntax is in it: most messages need no parser. */
const PLAIN = /^(?!\s*(?:[>+-]|\d{1,9}[.)]|~~~)\s?)[^*_`~[\]<\\&@:\n]*$/;
const PLAIN_LINK = /www\./i;
/** Deeper nesting stands there as text: no message is to cost more than it says. */
const MOST_DEPTH = 12;
const SAFE = /^(?:https?|mailto):/i;

/** A line that nests so deeply costs the parser seconds, and in the end its stack (measured with 8,000 times `- `). */
const DEEP = /^[ \t]*(?:(?:[>+*-]|\d{1,9}[.)])[ \t]*){12}/m;
/** So many signs of the syntax are looked through again and again: 16,000 of them took the parser a second. */
const SIGNS = /[*_~`[\]<>@\\]/g;
const MOST_SIGNS = 1_000;

/** @param named what is shown as a mention where `@` stands before it */
export function elementsOf(text: string, named: readonly string[] = []): ReactNode {
  if (PLAIN.test(text) && !PLAIN_LINK.test(text)) return <p>{text}</p>;
  if (DEEP.test(text) || (text.match(SIGNS)?.length ?? 0) > MOST_SIGNS) return <p>{text}</p>;
  const { children } = fromMarkdown(text, OPTIONS);
  return children.map((node, index) => block(node, { text, named, depth: 0, key: index }));
}

type Place = { readonly text: string; readonly named: readonly string[]; readonly depth: number; readonly key: number };

function block(node: RootContent, place: Place): ReactNode {
  const { key, depth } = place;
  if (depth > MOST_DEPTH) return <p key={key}>{source(node, place.text)}</p>;
  const blocks = (nodes: readonly RootContent[]) =>
    nodes.map((child, index) => block(child, { ...place, depth: depth + 1, key: index }));
  switch (node.type) {
    case 'paragraph':
      return <p key={key}>{phrases(node.children, place)}</p>;
    case 'blockquote':
      return <blockquote key={key}>{blocks(node.children)}</blockquote>;
    case 'list': {
      const items = node.children.map((item, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the items of a text have no other name
        <li key={index}>{blocks(item.children)}</li>
      ));
      return node.ordered ? (
        <ol key={key} start={node.start ?? 1}>
          {items}
        </ol>
      ) : (
        <ul key={key}>{items}</ul>
      );
    }
    case 'code':
      return <CodeBlock key={key} code={node.value} language={node.lang ?? null} />;
    default:
      return <p key={key}>{source(node, place.text)}</p>;
  }
}

function phrases(nodes: readonly PhrasingContent[], place: Place): ReactNode {
  return nodes.map((node, index) => phrase(node, { ...place, depth: place.depth + 1, key: index }));
}

function phrase(node: PhrasingContent, place: Place): ReactNode {
  const { key, depth, text, named } = place;
  if (depth > MOST_DEPTH) return source(node, text);
  switch (node.type) {
    case 'text':
      return <Fragment key={key}>{withMentions(node.value, named)}</Fragment>;
    case 'strong':
      // `__init__` is a name more often than it is loud.
      if (source(node, text).startsWith('__')) return <Fragment key={key}>{source(node, text)}</Fragment>;
      return <strong key={key}>{phrases(node.children, place)}</strong>;
    case 'emphasis':
      return <em key={key}>{phrases(node.children, place)}</em>;
    case 'delete':
      return <del key={key}>{phrases(node.children, place)}</del>;
    case 'inlineCode':
      return <code key={key}>{node.value}</code>;
    case 'break':
      return <br key={key} />;
    case 'link':
      return SAFE.test(node.url) ? (
        <a key={key} href={node.url} target="_blank" rel="noopener noreferrer nofollow">
          {phrases(node.children, place)}
        </a>
      ) : (
        <Fragment key={key}>{source(node, text)}</Fragment>
      );
    default:
      return <Fragment key={key}>{source(node, text)}</Fragment>;
  }
}

/** As it was written. */
function source({ position }: Nodes, text: string): string {
  return text.slice(position?.start.offset, position?.end.offset);
}

function withMentions(text: string, named: readonly string[]): ReactNode {
  if (named.length === 0 || !text.includes('@')) return text;
  const parts: ReactNode[] = [];
  let rest = text;
  for (let at = rest.indexOf('@'); at !== -1; at = rest.indexOf('@', at)) {
    const after = rest.slice(at + 1);
    const name = longest(named.filter((one) => after.startsWith(one)));
    if (name === null) {
      at += 1;
      continue;
    }
    parts.push(
      rest.slice(0, at),
      <span key={parts.length} className="mention">
        @{name}
      </span>,
    );
    rest = after.slice(name.length);
    at = 0;
  }
  return [...parts, rest];
}

function longest(names: readonly string[]): string | null {
  return names.reduce<string | null>((best, name) => (best === null || name.length > best.length ? name : best), null);
}
