/**
 * A link from one document to another leads somewhere: the file is there, and so is the heading that it names. What the
 * document site does with links stands on this.
 */
import { slugger } from '../docs/slug.mjs';

const LINK = /\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)/g;
const ELSEWHERE = /^(?:[a-z]+:|\/)/i;
/** Not among the files that checks read, which are texts. */
const PICTURE = /\.(?:png|jpe?g|gif|webp)$/;

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkLinks(files) {
  const documents = files.filter(({ path }) => path.endsWith('.md') && !path.includes('/.'));
  const anchors = new Map(documents.map(({ path, text }) => [path, anchorsOf(text)]));
  const there = new Set(files.flatMap(({ path }) => [path, ...foldersAbove(path)]));
  return documents.flatMap((document) =>
    linksOf(document.text).flatMap(({ href, line }) => {
      const message = judge(href, { from: document.path, anchors, there });
      return message === null ? [] : [{ path: document.path, line, message }];
    }),
  );
}

/**
 * @param {string} href
 * @param {{ from: string, anchors: ReadonlyMap<string, ReadonlySet<string>>, there: ReadonlySet<string> }} known
 */
function judge(href, { from, anchors, there }) {
  if (ELSEWHERE.test(href)) return null;
  const [path = '', heading] = href.split('#');
  const target = path === '' ? from : resolve(from, decodeURI(path));
  if (PICTURE.test(target)) return null;
  if (!there.has(target)) return `links to ${target}, which is not there`;
  const known = anchors.get(target);
  if (heading === undefined || known === undefined || known.has(heading)) return null;
  return `links to #${heading} of ${target}, which has no such heading`;
}

/** @param {string} text */
function linksOf(text) {
  return withoutCode(text).flatMap((lineText, index) =>
    [...lineText.matchAll(LINK)].map(([, href = '']) => ({ href, line: index + 1 })),
  );
}

/** @param {string} text */
function anchorsOf(text) {
  const slug = slugger();
  const headings = withoutFences(text).flatMap((line) => /^#{1,6}\s+(.*?)\s*#*\s*$/.exec(line)?.[1] ?? []);
  return new Set(headings.map((heading) => slug(heading.replaceAll(LINK, ']').replaceAll(/[`*[\]]/g, ''))));
}

/** @param {string} text */
function withoutCode(text) {
  return withoutFences(text).map((line) => line.replaceAll(/(`+)(?:(?!\1).)+\1/g, ''));
}

/**
 * The lines, those of blocks of code empty.
 * @param {string} text
 */
function withoutFences(text) {
  let isCode = false;
  return text.split('\n').map((line) => {
    const isFence = /^\s*(?:```|~~~)/.test(line);
    if (isFence) isCode = !isCode;
    return isCode || isFence ? '' : line;
  });
}

/**
 * @param {string} from
 * @param {string} path
 */
function resolve(from, path) {
  /** @type {string[]} */
  const parts = from.split('/').slice(0, -1);
  for (const part of path.replace(/\/$/, '').split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** @param {string} path */
function foldersAbove(path) {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}
