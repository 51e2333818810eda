/**
 * Law 5: the core is pure. In the server's core, the protocol package and the SDK nothing reads a clock, draws
 * randomness, sets a timer or does I/O: such things come in as arguments. The core and the SDK import themselves
 * and the protocol package alone; the protocol package imports no module of Node. What binds the SDK to a
 * platform is free: `platform/`, and the stores that outlive a run.
 * Tests beside the source are free.
 */
import { posix } from 'node:path';
import ts from 'typescript';
import { isTest, parseSource, problemAt, walk } from './source-files.mjs';

const CORE = 'packages/server/src/core/';
const PROTOCOL = 'packages/protocol/src/';
const SDK = 'packages/sdk/src/';
const HOMES = [CORE, PROTOCOL, SDK];
/** Parts of the SDK that are made of a platform's globals. */
const PLATFORM = new RegExp(`^${SDK}(platform/|storage/(indexeddb|file|journal)\\.ts$)`);

const FORBIDDEN_GLOBALS = new Set([
  ...['Date', 'Temporal', 'performance', 'crypto', 'process', 'globalThis', 'fetch', 'console', 'require'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'requestAnimationFrame'],
  ...['clearTimeout', 'clearInterval', 'clearImmediate', 'WebSocket', 'XMLHttpRequest', 'localStorage', 'Buffer'],
  ...['document', 'navigator', 'location', 'indexedDB', 'BroadcastChannel', 'EventSource'],
]);

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkPureCore(files) {
  return files.filter(({ path }) => isPure(path)).flatMap((file) => problemsOf(parseSource(file)));
}

/** @param {string} path */
function isPure(path) {
  const isHere = HOMES.some((home) => path.startsWith(home)) && !PLATFORM.test(path);
  return isHere && path.endsWith('.ts') && !isTest(path);
}

/** @param {ts.SourceFile} tree */
function problemsOf(tree) {
  /** @type {import('./source-files.mjs').Problem[]} */
  const problems = [];
  walk(tree, (node) => {
    if (ts.isIdentifier(node) && FORBIDDEN_GLOBALS.has(node.text) && isReference(node)) {
      problems.push(problemAt(tree, node, `${node.text} is forbidden here: take it as an argument (law 5)`));
    }
    if (ts.isPropertyAccessExpression(node) && node.getText(tree) === 'Math.random') {
      problems.push(problemAt(tree, node, 'Math.random is forbidden here: take randomness as an argument (law 5)'));
    }
    const specifier = importedModule(node);
    if (specifier && !isAllowedImport(tree.fileName, specifier.text)) {
      problems.push(problemAt(tree, specifier, `import of '${specifier.text}' is forbidden here (law 5)`));
    }
  });
  return problems;
}

/**
 * Whether an identifier stands for the global, and is no name of a member or a property.
 * @param {ts.Identifier} node
 */
function isReference(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isBindingElement(parent)) return parent.propertyName !== node;
  const isMemberName =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessor(parent) ||
    ts.isSetAccessor(parent);
  return !(isMemberName && parent.name === node);
}

/**
 * The module that an import, a re-export or a dynamic import names.
 * @param {ts.Node} node
 */
function importedModule(node) {
  if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier) {
    return ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier : undefined;
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return ts.isStringLiteral(node.argument.literal) ? node.argument.literal : undefined;
  }
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    const [argument] = node.arguments;
    return argument && ts.isStringLiteral(argument) ? argument : undefined;
  }
  return undefined;
}

/**
 * @param {string} path
 * @param {string} specifier
 */
function isAllowedImport(path, specifier) {
  const home = HOMES.find((one) => path.startsWith(one)) ?? CORE;
  if (specifier.startsWith('.')) return posix.join(posix.dirname(path), specifier).startsWith(home);
  if (home !== PROTOCOL) return specifier === '@kith/protocol';
  return specifier === 'typebox' || specifier.startsWith('typebox/');
}
