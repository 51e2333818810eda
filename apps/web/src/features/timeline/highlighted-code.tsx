// Code in the colours of its language: common ones, by the names that people write behind the fence. Loaded with the first block
// that has such a name. What comes out is a tree, which becomes elements; no string of HTML is ever made.
import type { ElementContent } from 'hast';
import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import csharp from 'highlight.js/lib/languages/csharp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import markdown from 'highlight.js/lib/languages/markdown';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';
import { type ReactElement, type ReactNode, useMemo } from 'react';
import '../../look/code.css';

const LANGUAGES = {
  bash,
  c,
  cpp,
  csharp,
  css,
  diff,
  go,
  ini,
  java,
  javascript,
  json,
  kotlin,
  markdown,
  php,
  python,
  ruby,
  rust,
  sql,
  swift,
  typescript,
  xml,
  yaml,
};
/** UTF-16 units of all, and of a line: a line of 8,000 took the grammars half a second, eight of 1,000 a tenth of that. */
const MOST_UNITS = 8_000;
const LONG_LINE = /[^\n]{1001}/;

const lowlight = createLowlight(LANGUAGES);

export type HighlightedCodeProps = { readonly code: string; readonly language: string };

export function HighlightedCode({ code, language }: HighlightedCodeProps): ReactElement {
  const shown = useMemo(() => highlighted(code, language), [code, language]);
  return <>{shown}</>;
}

/** The code as it is where its language is none of those, or it is too long. */
export function highlighted(code: string, language: string): ReactNode {
  const name = language.toLowerCase();
  if (code.length > MOST_UNITS || LONG_LINE.test(code) || !lowlight.registered(name)) return code;
  return elementsOf(lowlight.highlight(name, code).children as readonly ElementContent[]);
}

function elementsOf(nodes: readonly ElementContent[]): ReactNode {
  return nodes.map((node, index) => {
    if (node.type === 'text') return node.value;
    if (node.type !== 'element') return null;
    const { className } = node.properties;
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a text have no other name
      <span key={index} className={Array.isArray(className) ? className.join(' ') : undefined}>
        {elementsOf(node.children)}
      </span>
    );
  });
}
