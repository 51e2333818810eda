/**
 * The names of headings in links, as the places where people read Markdown make them: letters, digits, hyphens and
 * underscores, in lower case, and a number for those that come again. One rule for the document site and for the check.
 */

/** @param {string} heading its text, without markup */
function slugOf(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .replaceAll(/\s/g, '-');
}

/**
 * @returns {(heading: string) => string} gives each heading of one page its own name
 */
export function slugger() {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return (heading) => {
    const slug = slugOf(heading);
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  };
}
