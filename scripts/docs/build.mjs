/**
 * `npm run docs:site`: makes the document site of `docs/` and the documents at the root, in `dist/docs`: files that any
 * web server hands out, and this server does below `/docs`, under its own content security policy (nothing inline). With
 * the HTTP API's page, an index for the search, and each text compressed beside itself. Needs a build, and no network.
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import MiniSearch from 'minisearch';
import { rolldown } from 'rolldown';
import { buildOpenApi } from '../../packages/protocol/dist/index.js';
import { apiPage } from '../../packages/server/dist/edge/api-page.js';
import { say } from '../setup/progress.mjs';
import { escapeHtml, pageHtml } from './layout.mjs';
import { renderMarkdown, scrollable } from './markdown.mjs';
import { API, AS_TEXT, DECISIONS, pathOnSite, SECTIONS } from './pages.mjs';
import { SEARCH_OPTIONS } from './search-options.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));
const target = join(root, 'dist', 'docs');
const STYLES = [
  join(root, 'apps', 'web', 'src', 'look', 'tokens.css'),
  join(root, 'apps', 'web', 'src', 'look', 'code.css'),
  join(here, 'page', 'text.css'),
  join(here, 'page', 'site.css'),
];
const COMPRESSIBLE = /\.(?:html|css|js|json|svg|txt)$/;
const LEAST_BYTES = 1_024;

/** @typedef {{ readonly source: string, readonly path: string, readonly title: string, readonly rendered: import('./markdown.mjs').Rendered }} Page */

/** @param {string} path from the root */
function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

/**
 * @param {string} path on the site
 * @param {string | Buffer} content
 */
function write(path, content) {
  const file = join(target, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  if (!COMPRESSIBLE.test(path) || Buffer.byteLength(content) < LEAST_BYTES) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: Buffer.byteLength(content) > 400_000 ? 9 : 11 };
  writeFileSync(`${file}.br`, brotliCompressSync(content, { params }));
}

/** Every document that is a page; one that stands in no section is forgotten, which is an error. */
function sources() {
  const listed = SECTIONS.flatMap(({ pages }) => pages.map(({ source }) => source));
  const there = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`);
  const decisions = there.filter((source) => DECISIONS.test(source)).sort();
  const forgotten = there.filter((source) => !listed.includes(source) && !decisions.includes(source));
  if (forgotten.length > 0) throw new Error(`${forgotten.join(', ')}: name a section in scripts/docs/pages.mjs`);
  return { listed, decisions };
}

/**
 * Where a link of a document leads on the site; null for what is in the clone alone.
 * @param {string} source
 * @param {ReadonlySet<string>} known sources that are pages
 * @param {Set<string>} files paths from the root that pages lead to, filled
 */
function linksOf(source, known, files) {
  const up = '../'.repeat(pathOnSite(source).split('/').length - 1);
  return (/** @type {string} */ href) => {
    if (/^(?:https?:|mailto:|#)/.test(href)) return href;
    const [path = '', hash] = href.split('#');
    const from = posix.normalize(posix.join(posix.dirname(source), decodeURI(path)));
    const behind = hash === undefined ? '' : `#${hash}`;
    if (known.has(from)) return `${up}${pathOnSite(from)}${behind}`;
    if (from === 'docs' || from === 'docs/') return `${up}index.html`;
    const isText = AS_TEXT.some((each) => from === each || (each.endsWith('/') && from.startsWith(each)));
    if (!(isText || /\.(?:png|svg)$/.test(from)) || !existsSync(join(root, from)) || from.endsWith('/')) return null;
    if (from === 'deploy') return null;
    files.add(from);
    return `${up}${fileOnSite(from)}`;
  };
}

/** @param {string} path from the root */
function fileOnSite(path) {
  if (path.startsWith('docs/')) return path.slice('docs/'.length);
  return `${path.toLowerCase()}.txt`;
}

/** @param {{ readonly version: string }} release */
function apiAsPage({ version }) {
  const whole = apiPage(buildOpenApi({ version }));
  const inner = /<main>([\s\S]*)<\/main>/.exec(whole)?.[1];
  if (inner === undefined) throw new Error('the page of the API has no main part');
  const operations = inner.matchAll(
    /<details id="([^"]+)"><summary>.*?<code>(\/v1[^<]*)<\/code><\/summary><p>([^<]*)/g,
  );
  const passages = [...operations].map(([, id = '', path = '', summary = '']) => {
    return { path: `${API.path}#${id}`, title: path, text: `${id} ${summary}`, page: API.title };
  });
  const headings = [...inner.matchAll(/<h2 id="([^"]+)">([^<]*)</g)].map(([, slug = '', text = '']) => {
    return { level: 2, slug, text };
  });
  return { html: scrollable(inner).replaceAll('href="/v1/openapi.json"', 'href="openapi.json"'), headings, passages };
}

async function bundle() {
  const build = await rolldown({ input: join(here, 'page', 'search.mjs'), platform: 'browser' });
  const { output } = await build.generate({ format: 'esm', minify: true });
  await build.close();
  const [{ code }] = output;
  return code;
}

/**
 * @param {string} name
 * @param {string} content
 */
function writeHashed(name, content) {
  const hash = createHash('sha256').update(content).digest('base64url').slice(0, 10);
  const path = `assets/${name.replace('.', `-${hash}.`)}`;
  write(path, content);
  return path;
}

async function buildSite() {
  rmSync(target, { recursive: true, force: true });
  const { version } = JSON.parse(read('package.json'));
  const { listed, decisions } = sources();
  const known = new Set([...listed, ...decisions]);
  /** @type {Set<string>} */
  const files = new Set();
  const titles = new Map(SECTIONS.flatMap(({ pages }) => pages.map(({ source, title }) => [source, title])));
  /** @type {readonly Page[]} */
  const pages = [...known].map((source) => {
    const rendered = renderMarkdown(read(source), linksOf(source, known, files));
    return { source, path: pathOnSite(source), title: titles.get(source) ?? rendered.title, rendered };
  });
  const menu = menuOf(pages);
  const assets = {
    style: writeHashed('site.css', STYLES.map((path) => readFileSync(path, 'utf8')).join('\n')),
    theme: writeHashed('theme.js', `(() => {\n${readFileSync(join(here, 'page', 'theme.mjs'), 'utf8')}})();\n`),
    search: writeHashed('search.js', await bundle()),
  };
  for (const { path, title, rendered } of pages) {
    const html = path.startsWith('decisions/dependencies')
      ? `${rendered.html}${listOf(pages, decisions)}`
      : rendered.html;
    write(path, pageHtml({ path, title, html, headings: rendered.headings, menu, assets, version }));
  }
  const api = apiAsPage({ version });
  write(API.path, pageHtml({ ...API, html: api.html, headings: api.headings, menu, assets, version }));
  write('openapi.json', JSON.stringify(buildOpenApi({ version })));
  write('search-index.json', JSON.stringify(indexOf(pages, api.passages)));
  cpSync(join(root, 'apps', 'web', 'public', 'icon.svg'), join(target, 'icon.svg'));
  for (const path of new Set([...files, 'LICENSE', 'NOTICE'])) write(fileOnSite(path), readFileSync(join(root, path)));
  return pages.length + 1;
}

/** @param {readonly Page[]} pages */
function menuOf(pages) {
  return SECTIONS.map(({ name, pages: listed }) => {
    const items = listed.flatMap(({ source }) => pages.find((page) => page.source === source) ?? []);
    const shown = items.map(({ path, title }) => ({ path, title }));
    return { name, pages: name === 'Build' ? [...shown, API] : shown };
  });
}

/**
 * Decisions stand below the list of dependencies, which is one of them.
 * @param {readonly Page[]} pages
 * @param {readonly string[]} decisions
 */
function listOf(pages, decisions) {
  const items = pages
    .filter(({ source }) => decisions.includes(source))
    .map(({ path, title }) => `<li><a href="../${path}">${escapeHtml(title)}</a></li>`);
  return `<h2 id="decisions">Decisions</h2>\n<ul>\n${items.join('\n')}\n</ul>\n`;
}

/**
 * @param {readonly Page[]} pages
 * @param {readonly { readonly path: string, readonly title: string, readonly text: string, readonly page: string }[]} operations
 */
function indexOf(pages, operations) {
  const index = new MiniSearch(SEARCH_OPTIONS);
  for (const { path, title: page, rendered } of pages) {
    const passages = rendered.passages.filter(({ title, text }) => title !== '' || text !== '');
    index.addAll(
      passages.map(({ slug, title, text }) => ({ path: slug === '' ? path : `${path}#${slug}`, title, page, text })),
    );
  }
  index.addAll(operations);
  return index;
}

const count = await buildSite();
say(`${count} pages are in dist/docs`);
