/**
 * One source of a package as its compiled file, in milliseconds: what `tsc -b` would write for it, without its types. That
 * is possible since every file compiles by itself (`isolatedModules`, `erasableSyntaxOnly`, `verbatimModuleSyntax`).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const SOURCE = /^(packages|apps)\/(\w+)\/src\/(.+)\.tsx?$/;
/** Vite compiles these itself. */
const OF_THE_PAGE = 'apps/web/';

/**
 * Where the compiled file of a source is; null for what has none: tests, declarations, the page.
 * @param {string} path from the root, with `/`
 */
export function compiledPath(path) {
  const [, group, name, rest] = SOURCE.exec(path) ?? [];
  if (rest === undefined || path.startsWith(OF_THE_PAGE) || /\.(?:test|d)\.tsx?$/.test(path)) return null;
  return `${group}/${name}/dist/${rest}.js`;
}

/**
 * @param {string} root
 * @param {string} path
 */
export function compiledText(root, path) {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const { outputText } = ts.transpileModule(readFileSync(join(root, path), 'utf8'), {
    fileName: path,
    compilerOptions: {
      ...options,
      composite: false,
      declaration: false,
      sourceMap: false,
      module: ts.ModuleKind.ESNext,
    },
  });
  return outputText;
}

/**
 * @param {string} root
 * @param {string} path
 * @returns {boolean} whether there was something to write
 */
export function compile(root, path) {
  const target = compiledPath(path);
  if (target === null) return false;
  mkdirSync(dirname(join(root, target)), { recursive: true });
  writeFileSync(join(root, target), compiledText(root, path));
  return true;
}
