/**
 * SQL in the store lists its columns and carries its values as parameters: no `SELECT *`, no `RETURNING *`,
 * and nothing is put into the text of a statement except
 *   - `placeholders(...)`, which makes `$1, $2, ...` and takes numbers alone,
 *   - a list of columns, a name that ends in `Columns` or `COLUMNS`,
 *   - a constant of the same file that is itself a plain string or number.
 * Migrations (`*.sql`) are looked at for `SELECT *` too.
 */
import ts from 'typescript';
import { isTest, parseSource, problemAt, problemsOfPattern, walk } from './source-files.mjs';

const STORE = 'packages/server/src/store/';
const STAR = /\b(?:select\s+(?:distinct\s+)?(?:[\w"]+\.)?\*|returning\s+(?:[\w"]+\.)?\*)/i;
/** How a statement begins, after white space and comments. */
const STATEMENT = new RegExp(
  String.raw`^(?:\s|--[^\n]*\n|/\*[\s\S]*?\*/|\()*(?:` +
    [
      'select\\b',
      'insert\\s+into\\b',
      'update\\s+(?:only\\s+)?[\\w."$]+',
      'delete\\s+from\\b',
      'with\\s+(?:recursive\\b|[\\w"]+\\s*(?:\\([^)]*\\)\\s*)?as\\b)',
      'values\\s*\\(',
      '(?:create|alter|drop)\\s+(?:or\\s+replace\\s+)?(?:unique\\s+|temp(?:orary)?\\s+)?(?:table|index|schema|function|role|user|database|sequence|type|view|extension)\\b',
      'truncate\\b',
      'copy\\s+[\\w."$(]+',
      'lock\\s+table\\b',
      'set\\s+(?:local\\b|session\\b|[\\w.]+\\s*(?:=|to\\b))',
      'explain\\b',
    ].join('|') +
    ')',
  'i',
);

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkSql(files) {
  return files.flatMap((file) => {
    if (file.path.endsWith('.sql')) return problemsOfPattern(file, STAR, () => 'list the columns instead of *');
    const isStoreSource = file.path.startsWith(STORE) && file.path.endsWith('.ts') && !isTest(file.path);
    return isStoreSource ? problemsOf(parseSource(file)) : [];
  });
}

/** @param {ts.SourceFile} tree */
function problemsOf(tree) {
  const constants = plainConstants(tree);
  /** @type {import('./source-files.mjs').Problem[]} */
  const problems = [];
  const isAllowed = (/** @type {ts.Expression} */ part) => isAllowedPart(part, constants);

  walk(tree, (node) => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      if (STAR.test(node.text)) problems.push(problemAt(tree, node, 'list the columns instead of *'));
    }
    for (const part of builtInto(node)) {
      if (!isAllowed(part)) {
        problems.push(
          problemAt(tree, part, `'${part.getText(tree)}' is put into the text of SQL: pass it as a parameter ($1)`),
        );
      }
    }
  });
  return problems;
}

/**
 * The expressions that a template or a sum puts into SQL text; none where it isn't SQL.
 * @param {ts.Node} node
 * @returns {readonly ts.Expression[]}
 */
function builtInto(node) {
  if (ts.isTemplateExpression(node)) {
    const shape = node.head.text + node.templateSpans.map((span) => `$0${span.literal.text}`).join('');
    return STATEMENT.test(shape) ? node.templateSpans.map((span) => span.expression) : [];
  }
  const isOuterSum = isSum(node) && !isSum(node.parent);
  if (!isOuterSum) return [];
  const [first, ...rest] = operands(/** @type {ts.BinaryExpression} */ (node));
  const text =
    first && (ts.isStringLiteralLike(first) ? first.text : ts.isTemplateExpression(first) ? first.head.text : '');
  return text && STATEMENT.test(text) ? rest.filter((part) => !ts.isTemplateExpression(part)) : [];
}

/** @param {ts.Node} node */
function isSum(node) {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}

/**
 * @param {ts.Expression} node
 * @returns {ts.Expression[]} from the left to the right
 */
function operands(node) {
  return ts.isBinaryExpression(node) && isSum(node) ? [...operands(node.left), ...operands(node.right)] : [node];
}

/**
 * @param {ts.Expression} part
 * @param {ReadonlySet<string>} constants
 */
function isAllowedPart(part, constants) {
  if (ts.isStringLiteralLike(part) || ts.isNumericLiteral(part)) return true;
  if (ts.isIdentifier(part)) return /columns$/i.test(part.text) || constants.has(part.text);
  if (ts.isPropertyAccessExpression(part)) return /columns$/i.test(part.name.text);
  return ts.isCallExpression(part) && ts.isIdentifier(part.expression) && part.expression.text === 'placeholders';
}

/**
 * Names of the file's own top-level constants that hold a plain string or number.
 * @param {ts.SourceFile} tree
 * @returns {ReadonlySet<string>}
 */
function plainConstants(tree) {
  const declarations = tree.statements
    .filter(ts.isVariableStatement)
    .filter((statement) => (statement.declarationList.flags & ts.NodeFlags.Const) !== 0)
    .flatMap((statement) => [...statement.declarationList.declarations]);
  const isPlain = (/** @type {ts.Expression | undefined} */ value) =>
    value !== undefined && (ts.isStringLiteralLike(value) || ts.isNumericLiteral(value));
  return new Set(
    declarations
      .filter(({ name, initializer }) => ts.isIdentifier(name) && isPlain(initializer))
      .map(({ name }) => name.getText(tree)),
  );
}
