/**
 * Every direct dependency is a decision: it stands in docs/decisions/dependencies.md with its version, its
 * licence and its reason, and nothing stands there that is not used.
 */
const PAGE = 'docs/decisions/dependencies.md';

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkDependencies(files) {
  const page = files.find(({ path }) => path === PAGE);
  if (!page) return [{ path: PAGE, line: 1, message: 'is missing' }];
  const listed = new Set(tableLines(page.text).map(({ cells: [name, version] }) => `${name} ${version}`));
  const used = new Map(files.filter(({ path }) => /(^|\/)package\.json$/.test(path)).flatMap(directDependencies));
  const incomplete = tableLines(page.text).filter(({ cells }) => cells.length !== 4 || cells.includes(''));
  return [
    ...[...used]
      .filter(([wanted]) => !listed.has(wanted))
      .map(([wanted, path]) => ({ path, line: 1, message: `${wanted} has no line in ${PAGE}` })),
    ...tableLines(page.text)
      .filter(({ cells: [name, version] }) => !used.has(`${name} ${version}`))
      .map(({ line, cells: [name, version] }) => ({ path: PAGE, line, message: `${name} ${version} is not used` })),
    ...incomplete.map(({ line }) => ({ path: PAGE, line, message: 'a line needs package, version, licence and why' })),
  ];
}

/** @param {string} page */
function tableLines(page) {
  return page
    .split('\n')
    .map((text, index) => ({ text: text.trim(), line: index + 1 }))
    .filter(({ text }) => text.startsWith('|') && !/^\|\s*(?:package\s*\||:?-)/.test(text))
    .map(({ text, line }) => ({
      line,
      cells: text
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    }));
}

/**
 * @param {import('./source-files.mjs').SourceFile} file
 * @returns {[string, string][]} `name version`, and the manifest that wants it
 */
function directDependencies({ path, text }) {
  const manifest = JSON.parse(text);
  return ['dependencies', 'devDependencies', 'optionalDependencies']
    .flatMap((kind) => Object.entries(manifest[kind] ?? {}))
    .filter(([name]) => !name.startsWith('@kith/'))
    .map(([name, version]) => [`${name} ${version}`, path]);
}
