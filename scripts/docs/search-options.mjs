/** How documents are searched: the build makes the index with these, the page reads it with the same. */

/** For those who change Kith: what others look for comes first. */
const INNER = /^(?:rows|contracts|style|history|decisions\/)/;

/** @type {import('minisearch').Options} */
export const SEARCH_OPTIONS = {
  idField: 'path',
  fields: ['title', 'page', 'text'],
  storeFields: ['title', 'page'],
  searchOptions: {
    boost: { title: 4, page: 2 },
    boostDocument: (path) => (INNER.test(String(path)) ? 0.3 : 1),
    prefix: true,
    fuzzy: 0.15,
    combineWith: 'AND',
  },
};
