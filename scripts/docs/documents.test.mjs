// What documents promise of themselves: tables that are all named, rows for every item of the roadmap, a page that is one page.
// And how they become pages: links, names of headings, nothing that a strict policy forbids.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { checkLinks } from '../checks/links.mjs';
import { renderMarkdown } from './markdown.mjs';
import { pathOnSite, SECTIONS } from './pages.mjs';
import { slugger } from './slug.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param {string} path */
function read(path) {
  return readFileSync(join(root, path), 'utf8');
}

it('docs/data.md says of every table of the schema what is in it', () => {
  const folder = 'packages/server/migrations';
  const sql = readdirSync(join(root, folder)).map((name) => read(`${folder}/${name}`));
  const made = sql.flatMap((text) => [...text.matchAll(/^CREATE TABLE (\w+)/gm)].map(([, name]) => name));
  const named = new Set([...read('docs/data.md').matchAll(/`(\w+)`/g)].map(([, name]) => name));
  expect(made.length).toBeGreaterThan(30);
  expect(made.filter((name) => !named.has(name))).toEqual([]);
});

it('[S211] each item of the roadmap names the pain that it answers and rows of the requirements', () => {
  const rows = read('docs/roadmap.md')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:feature|---)/.test(line));
  expect(rows.length).toBeGreaterThan(30);
  for (const row of rows) expect(row).toMatch(/\| [^|]+: (?:[SY]\d{1,3}(?:, )?)+ \|$/);
});

it('[S209] self-hosting is one page: start, backup, restore and upgrade, a command each', () => {
  const text = read('docs/self-hosting.md');
  expect(text.split('\n').length).toBeLessThanOrEqual(60);
  expect(text.split(/\s+/).length).toBeLessThanOrEqual(500);
  for (const command of ['systemctl enable --now kith', 'kith backup', 'kith restore', 'systemctl restart kith']) {
    expect(text).toContain(command);
  }
});

it('names only settings that there are, in what is to be copied', () => {
  const known = new Set([...read('docs/configuration.md').matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name));
  const others = new Set(['NODE_OPTIONS', 'KITH_CONFIG']);
  for (const path of ['docs/self-hosting.md', 'docs/cloud.md', 'docs/quick-start.md']) {
    const named = [...read(path).matchAll(/\b([A-Z]+(?:_[A-Z]+)+)\b/g)].map(([, name = '']) => name);
    expect([path, named.filter((name) => !known.has(name) && !others.has(name))]).toEqual([path, []]);
  }
});

it('every document has its place in the menu of the site once', () => {
  const sources = SECTIONS.flatMap(({ pages }) => pages.map(({ source }) => source));
  expect(new Set(sources).size).toBe(sources.length);
  expect(new Set(sources.map(pathOnSite)).size).toBe(sources.length);
  const there = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
  expect(there.filter((name) => !sources.includes(`docs/${name}`))).toEqual([]);
});

describe('a document as a page', () => {
  /** @param {string} text */
  const render = (text) => renderMarkdown(text, (href) => (href === 'gone' ? null : `to/${href}`));

  it('has nothing that a strict policy forbids, whatever it says', () => {
    const { html } = render(
      '# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)>\n\n| a | b |\n| --: | :-: |\n| 1 | 2 |\n\n```js\nconst a = 1;\n```\n',
    );
    expect(html).not.toMatch(/<script|<img|style=|<style/);
    expect(html).toContain('<td class="right">1</td>');
    expect(html).toContain('<span class="hljs-keyword">const</span>');
  });

  it('gives headings the names that links use, and finds what stands below them', () => {
    const { title, headings, passages } = render(
      '# A `title`\n\nOne.\n\n## Same\n\nTwo.\n\n## Same\n\n```\nthree\n```\n',
    );
    expect(title).toBe('A title');
    expect(headings.map(({ slug }) => slug)).toEqual(['a-title', 'same', 'same-1']);
    expect(passages.at(-1)).toEqual({ slug: 'same-1', title: 'Same', text: 'three\n' });
  });

  it('leads where links lead on the site, and nowhere with what is in the clone alone', () => {
    const { html } = render('[here](page) and [there](gone)');
    expect(html).toContain('<a href="to/page">here</a> and <span>there</span>');
  });
});

describe('the check of links', () => {
  /** @param {Readonly<Record<string, string>>} files */
  const said = (files) =>
    checkLinks(Object.entries(files).map(([path, text]) => ({ path, text }))).map(
      ({ line, message }) => `${line} ${message}`,
    );

  it('is content with what is there', () => {
    const page = '# One: `two`\n\n[self](#one-two) [other](../b.md#x) [folder](../deploy) [web](https://a.example/x)\n';
    expect(said({ 'docs/a.md': page, 'b.md': '## X\n', 'deploy/c.conf': '' })).toEqual([]);
    expect(said({ 'a.md': '`[no](link.md)`\n\n```\n[none](either.md)\n```\n' })).toEqual([]);
  });

  it('sees a file and a heading that are not', () => {
    expect(said({ 'docs/a.md': '# A\n\n[b](b.md)\n[c](#c)\n' })).toEqual([
      '3 links to docs/b.md, which is not there',
      '4 links to #c of docs/a.md, which has no such heading',
    ]);
  });
});

it('names of headings are those of the places where people read Markdown', () => {
  const slug = slugger();
  const headings = ['Start and stop', 'What it is: a `thing`, über', 'Start and stop', '3. Two people, in Node'];
  expect(headings.map(slug)).toEqual([
    ...['start-and-stop', 'what-it-is-a-thing-über', 'start-and-stop-1', '3-two-people-in-node'],
  ]);
});
