/**
 * The search of the document site, in the page: the index is fetched when somebody begins to type, and what is found is
 * put in as text, never as markup. Arrow keys go through it; `/` leads to the field.
 */
import MiniSearch from 'minisearch';
import { SEARCH_OPTIONS } from '../search-options.mjs';

const MOST = 12;
const { root = './', searchIndex = '' } = document.documentElement.dataset;
const field = document.getElementById('search');
const found = document.getElementById('found');

/** @type {Promise<MiniSearch> | null} */
let index = null;

async function load() {
  const answer = await fetch(root + searchIndex);
  if (!answer.ok) throw new Error(`the index is answered with ${answer.status}`);
  return MiniSearch.loadJSON(await answer.text(), SEARCH_OPTIONS);
}

/**
 * @param {HTMLElement} list
 * @param {string} query
 */
async function show(list, query) {
  if (query.trim() === '') {
    list.hidden = true;
    return;
  }
  index ??= load();
  const results = await index.then(
    (loaded) => loaded.search(query).slice(0, MOST),
    () => null,
  );
  if (results === null) index = null;
  // Somebody has typed on meanwhile.
  if (!(field instanceof HTMLInputElement) || field.value !== query) return;
  const items = (results ?? []).map(({ id, title, page }) => {
    const link = document.createElement('a');
    link.href = root + String(id);
    const name = document.createElement('strong');
    name.textContent = String(title === '' ? page : title);
    const where = document.createElement('span');
    where.textContent = String(page);
    link.append(name, where);
    return link;
  });
  list.replaceChildren(...(items.length > 0 ? items : [sentence(results === null)]));
  list.hidden = false;
}

/** @param {boolean} isBroken */
function sentence(isBroken) {
  const paragraph = document.createElement('p');
  paragraph.textContent = isBroken ? 'The index could not be fetched.' : 'Nothing was found.';
  return paragraph;
}

/**
 * @param {HTMLInputElement} input
 * @param {HTMLElement} list
 * @param {KeyboardEvent} event
 */
function walk(input, list, event) {
  const links = [...list.querySelectorAll('a')];
  const at = links.findIndex((link) => link.matches(':focus'));
  if (event.key === 'Escape') {
    list.hidden = true;
    input.focus();
  } else if (event.key === 'ArrowDown') links[Math.min(at + 1, links.length - 1)]?.focus();
  else if (event.key === 'ArrowUp' && at >= 0) (links[at - 1] ?? input).focus();
  else if (event.key === 'Enter' && document.activeElement === input) links[0]?.click();
  else return;
  event.preventDefault();
}

if (field instanceof HTMLInputElement && found) {
  field.addEventListener('input', () => void show(found, field.value));
  field.parentElement?.addEventListener('keydown', (event) => walk(field, found, event));
  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    field.focus();
  });
  document.addEventListener('click', ({ target }) => {
    if (target instanceof Node && !field.parentElement?.contains(target)) found.hidden = true;
  });
}
