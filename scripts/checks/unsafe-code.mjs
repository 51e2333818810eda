/**
 * Code that turns data into code, markup or commands, or that trusts whom it should not, is not written here: no `eval`
 * and its kin, no markup from text, no shell, no TLS without a look at the certificate, no digest that is broken.
 * Where one of these were ever right, it would be a decision, and this file the place to write it down.
 */
import ts from 'typescript';
import { isTest, parseSource, problemAt, walk } from './source-files.mjs';

const SOURCE = /^(?:packages\/[^/]+\/src|apps\/[^/]+\/src|scripts|examples)\/.*\.(?:ts|tsx|mjs|js)$/;

/** What is called by a bare name. */
const CALLS = new Map([
  ['eval', 'runs text as code'],
  ['Function', 'makes code of text'],
  ['exec', 'hands its text to a shell: use spawn with a list'],
  ['execSync', 'hands its text to a shell: use spawnSync with a list'],
]);
/** Timers run a text as code. */
const TIMERS = new Set(['setTimeout', 'setInterval']);
/** What is called on something: `document.write`. */
const METHODS = new Map([
  ['insertAdjacentHTML', 'makes markup of text: make elements and set textContent'],
  ['createContextualFragment', 'makes markup of text: make elements and set textContent'],
  ['setHTMLUnsafe', 'makes markup of text: make elements and set textContent'],
  ['execSync', 'hands its text to a shell: use spawnSync with a list'],
]);
/** What is assigned to. */
const SINKS = new Set(['innerHTML', 'outerHTML', 'srcdoc']);
/** Options by name, with the value that is wrong. */
const OPTIONS = new Map([
  ['shell', 'true'],
  ['rejectUnauthorized', 'false'],
]);
const BROKEN_DIGEST = /^(?:md4|md5|sha-?1|ripemd160)$/i;

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkUnsafeCode(files) {
  return files
    .filter(({ path }) => SOURCE.test(path) && !isTest(path))
    .flatMap((file) => {
      const tree = parseSource(file);
      /** @type {import('./source-files.mjs').Problem[]} */
      const problems = [];
      walk(tree, (node) => {
        const complaint = complaintAbout(node);
        if (complaint !== null) problems.push(problemAt(tree, node, complaint));
      });
      return problems;
    });
}

/**
 * @param {ts.Node} node
 * @returns {string | null}
 */
function complaintAbout(node) {
  if (ts.isCallExpression(node) || ts.isNewExpression(node)) return complaintAboutCall(node);
  if (ts.isBinaryExpression(node)) return complaintAboutAssignment(node);
  if (ts.isPropertyAssignment(node)) {
    const name = node.name.getText().replaceAll(/['"]/g, '');
    if (OPTIONS.get(name) === node.initializer.getText()) return `${name}: ${node.initializer.getText()} is not safe`;
  }
  if (ts.isJsxAttribute(node) && node.name.getText() === 'dangerouslySetInnerHTML') return 'makes markup of text';
  if (ts.isIdentifier(node) && node.text === 'NODE_TLS_REJECT_UNAUTHORIZED') return 'trusts any certificate';
  return null;
}

/**
 * @param {ts.CallExpression | ts.NewExpression} call
 * @returns {string | null}
 */
function complaintAboutCall({ expression, arguments: given = ts.factory.createNodeArray() }) {
  const [first] = given;
  if (ts.isIdentifier(expression)) {
    const { text } = expression;
    if (TIMERS.has(text) && first && ts.isStringLiteralLike(first)) return `${text} runs its text as code`;
    return why(CALLS, text) ?? digestOf(text, first);
  }
  if (!ts.isPropertyAccessExpression(expression)) return null;
  const name = expression.name.text;
  const isOfDocument = expression.expression.getText() === 'document';
  if (isOfDocument && /^write(?:ln)?$/.test(name)) return `document.${name} makes markup of text`;
  const isGlobal = /^(?:globalThis|window|self)$/.test(expression.expression.getText());
  return (isGlobal ? why(CALLS, name) : null) ?? why(METHODS, name) ?? digestOf(name, first);
}

/**
 * @param {ReadonlyMap<string, string>} reasons
 * @param {string} name
 */
function why(reasons, name) {
  const reason = reasons.get(name);
  return reason === undefined ? null : `${name} ${reason}`;
}

/**
 * @param {string} name
 * @param {ts.Expression | undefined} algorithm
 */
function digestOf(name, algorithm) {
  if (!/^create(?:Hash|Hmac)$/.test(name) || !algorithm || !ts.isStringLiteralLike(algorithm)) return null;
  return BROKEN_DIGEST.test(algorithm.text) ? `${algorithm.text} is broken: sha256 is right` : null;
}

/**
 * @param {ts.BinaryExpression} node
 * @returns {string | null}
 */
function complaintAboutAssignment({ left, operatorToken }) {
  const isAssignment =
    operatorToken.kind === ts.SyntaxKind.EqualsToken || operatorToken.kind === ts.SyntaxKind.PlusEqualsToken;
  if (!isAssignment || !ts.isPropertyAccessExpression(left) || !SINKS.has(left.name.text)) return null;
  return `${left.name.text} makes markup of text: make elements and set textContent`;
}
