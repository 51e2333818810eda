/**
 * docs/rows.md claims requirement rows, and a claim is only as good as its test: each row names, in
 * backquotes, tests by their title or by a rule they quote (`[LOG3]`), or files; and a command.
 * The check fails where a test, a file or an npm script that a row names doesn't exist.
 */
import ts from 'typescript';
import { parseSource, walk } from './source-files.mjs';

const ROWS = 'docs/rows.md';
const ROW_ID = /^[SY]\d+$/;
const RULE = /^\[[A-Z]+\d+\]$/;

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkRows(files) {
  const page = files.find(({ path }) => path === ROWS);
  if (!page) return [{ path: ROWS, line: 1, message: 'is missing' }];
  const known = {
    titles: files.flatMap(testTitles),
    paths: new Set(files.flatMap(({ path }) => [path, ...parentFolders(path)])),
    scripts: new Set(files.filter(({ path }) => path === 'package.json').flatMap(scriptNames)),
  };
  const seen = new Set();
  return tableRows(page.text).flatMap(({ line, cells }) => {
    const messages = messagesOf(cells, known);
    if (seen.has(cells[0])) messages.push(`${cells[0]} is claimed twice`);
    seen.add(cells[0]);
    return messages.map((message) => ({ path: ROWS, line, message }));
  });
}

/**
 * @param {readonly string[]} cells
 * @param {{ titles: readonly RegExp[], paths: ReadonlySet<string>, scripts: ReadonlySet<string> }} known
 */
function messagesOf(cells, known) {
  if (cells.length !== 4) return ['a row has four cells: row, claim, shown by, command'];
  const [id = '', claim = '', shownBy = '', command = ''] = cells;
  const messages = [];
  if (!ROW_ID.test(id)) messages.push(`'${id}' is no row`);
  if (claim === '') messages.push(`${id} claims nothing`);
  const proofs = backquoted(shownBy);
  if (proofs.length === 0) messages.push(`${id} names no test in backquotes`);
  for (const proof of proofs) {
    if (!exists(proof, known)) messages.push(`${id}: no test and no file is called '${proof}'`);
  }
  const commands = backquoted(command);
  if (commands.length === 0) messages.push(`${id} names no command in backquotes`);
  for (const wanted of commands) {
    if (!canRun(wanted, known)) messages.push(`${id}: '${wanted}' is no command of this project`);
  }
  return messages;
}

/**
 * @param {string} proof
 * @param {{ titles: readonly RegExp[], paths: ReadonlySet<string> }} known
 */
function exists(proof, { titles, paths }) {
  return (
    paths.has(proof) ||
    titles.some((title) => (RULE.test(proof) ? title.source.includes(literal(proof)) : title.test(proof)))
  );
}

/**
 * @param {string} command
 * @param {{ paths: ReadonlySet<string>, scripts: ReadonlySet<string> }} known
 */
function canRun(command, { paths, scripts }) {
  const [program, verb, name, ...rest] = command.split(/\s+/);
  if (program === 'npm' && (verb === 'test' || verb === 'start')) return scripts.has(verb);
  if (program === 'npm' && verb === 'run') return scripts.has(name ?? '');
  if (program === 'npx' && verb === 'vitest')
    return rest.filter((word) => word.includes('/')).every((path) => paths.has(path));
  return program !== undefined && paths.has(program);
}

/**
 * The titles of the tests of a file, as patterns: what is filled in when it runs may be anything.
 * A skipped or a planned test shows nothing, so it has none.
 * @param {import('./source-files.mjs').SourceFile} file
 */
function testTitles(file) {
  if (!/\.(ts|tsx|mjs)$/.test(file.path) || !/\b(?:it|test)\b/.test(file.text)) return [];
  /** @type {RegExp[]} */
  const titles = [];
  walk(parseSource(file), (node) => {
    if (!ts.isCallExpression(node)) return;
    const [title] = node.arguments;
    const callee = node.expression.getText();
    if (!title || !/^(?:it|test)\b/.test(callee) || /\.(?:skip|todo|fails)\b/.test(callee)) return;
    const text = titleText(title);
    if (text !== undefined) titles.push(new RegExp(`^${text}$`));
  });
  return titles;
}

/**
 * @param {ts.Expression} title
 * @returns {string | undefined} the source of a pattern
 */
function titleText(title) {
  if (ts.isStringLiteralLike(title)) return literal(title.text).replaceAll(/%[sdifjo]|\\\$\w+/g, '.+');
  if (!ts.isTemplateExpression(title)) return undefined;
  return literal(title.head.text) + title.templateSpans.map((span) => `.*${literal(span.literal.text)}`).join('');
}

/** @param {string} text */
function literal(text) {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** @param {string} page */
function tableRows(page) {
  return page
    .split('\n')
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .filter(({ text }) => text.startsWith('|') && !/^\|\s*(?:row\s*\||:?-)/.test(text))
    .map(({ text, line }) => ({
      line,
      cells: text
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    }));
}

/** @param {string} cell */
function backquoted(cell) {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text.replaceAll('\\|', '|'));
}

/** @param {string} path */
function parentFolders(path) {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

/** @param {import('./source-files.mjs').SourceFile} file */
function scriptNames({ text }) {
  return Object.keys(JSON.parse(text).scripts ?? {});
}
