/** The frame of every page of the document site: head, menu, the document, what is on it, and who comes next. */

/** @typedef {import('./markdown.mjs').Heading} Heading */
/** @typedef {{ readonly name: string, readonly pages: readonly { readonly path: string, readonly title: string }[] }} MenuSection */
/** @typedef {{ readonly style: string, readonly theme: string, readonly search: string }} Assets */

/**
 * @param {object} parts
 * @param {string} parts.path of the page on the site
 * @param {string} parts.title
 * @param {string} parts.html
 * @param {readonly Heading[]} parts.headings
 * @param {readonly MenuSection[]} parts.menu
 * @param {Assets} parts.assets paths on the site
 * @param {string} parts.version
 */
export function pageHtml({ path, title, html, headings, menu, assets, version }) {
  const up = '../'.repeat(path.split('/').length - 1);
  const link = (/** @type {string} */ to) => `${up}${to}`;
  const onPage = headings.filter(({ level }) => level === 2);
  return `<!doctype html>
<html lang="en" data-root="${up === '' ? './' : up}" data-search-index="search-index.json">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(path === 'index.html' ? 'Kith' : `${title} · Kith`)}</title>
<link rel="icon" href="${link('icon.svg')}">
<link rel="stylesheet" href="${link(assets.style)}">
<script src="${link(assets.theme)}"></script>
<script type="module" src="${link(assets.search)}"></script>
</head>
<body>
<a class="skip" href="#content">To the text</a>
<header>
<a class="home" href="${link('index.html')}"><img src="${link('icon.svg')}" alt="" width="28" height="28">Kith</a>
<search class="search">
<input type="search" id="search" placeholder="Search" aria-label="Search the documents" aria-controls="found" autocomplete="off" spellcheck="false">
<div id="found" role="region" aria-label="What was found" aria-live="polite" hidden></div>
</search>
<button type="button" id="theme" hidden>Theme</button>
</header>
<div class="frame">
<details class="menu">
<summary>Menu</summary>
${menuHtml({ menu, path, link })}
</details>
<main id="content" tabindex="-1">
${html}
${nextHtml({ menu, path, link })}
<footer>Kith ${escapeHtml(version)}, <a href="${link('license.txt')}">Apache 2.0</a></footer>
</main>
${onPageHtml(onPage)}
</div>
</body>
</html>
`;
}

/** @param {{ menu: readonly MenuSection[], path: string, link: (to: string) => string }} parts */
function menuHtml({ menu, path, link }) {
  const sections = menu.map(({ name, pages }) => {
    const items = pages.map(({ path: to, title }) => {
      const here = to === path ? ' aria-current="page"' : '';
      return `<li><a href="${link(to)}"${here}>${escapeHtml(title)}</a></li>`;
    });
    return `<h2>${escapeHtml(name)}</h2>\n<ul>\n${items.join('\n')}\n</ul>`;
  });
  return `<nav aria-label="Documents">\n${sections.join('\n')}\n</nav>`;
}

/** @param {{ menu: readonly MenuSection[], path: string, link: (to: string) => string }} parts */
function nextHtml({ menu, path, link }) {
  const all = menu.flatMap(({ pages }) => pages);
  const at = all.findIndex((page) => page.path === path);
  const next = at === -1 ? undefined : all[at + 1];
  if (next === undefined) return '';
  return `<p class="next"><a href="${link(next.path)}">Next: ${escapeHtml(next.title)}</a></p>`;
}

/** @param {readonly Heading[]} headings */
function onPageHtml(headings) {
  if (headings.length < 2) return '';
  const items = headings.map(({ slug, text }) => `<li><a href="#${escapeHtml(slug)}">${escapeHtml(text)}</a></li>`);
  return `<aside aria-label="On this page"><h2>On this page</h2><ul>\n${items.join('\n')}\n</ul></aside>`;
}

/** @type {Readonly<Record<string, string>>} */
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** @param {string} text */
export function escapeHtml(text) {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
