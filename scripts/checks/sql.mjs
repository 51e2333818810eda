/**
 * SQL in the store lists its columns and carries its values as parameters: no `SELECT *`, no `RETURNING *`,
 * and nothing is put into the text of a statement except
 *   - `placeholders(...)`, which makes `$1, $2, ...` and takes numbers alone,
 *   - a list of columns, a name that ends in `Columns` or `COLUMNS`,
 *   - a constant: a name in capitals, a member of one (`FLAGS.erased`), or a plain string or number of the same file,
 *   - a piece of SQL: the call of a function with literal words alone, so that no input can reach it, and inside
 *     `*-sql.ts`, where such functions live, their own parameters.
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
  const isPieces = tree.fileName.endsWith('-sql.ts');
  const isAllowed = (/** @type {ts.Expression} */ part) =>
    isAllowedPart(part, constants) || (isPieces && ts.isIdentifier(part) && isParameter(part));

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

const CAPITALS = /^[A-Z][A-Z0-9_]*$/;

/**
 * @param {ts.Expression} part
 * @param {ReadonlySet<string>} constants
 * @returns {boolean}
 */
function isAllowedPart(part, constants) {
  if (ts.isStringLiteralLike(part) || ts.isNumericLiteral(part)) return true;
  if (ts.isIdentifier(part)) return /columns$/i.test(part.text) || constants.has(part.text) || CAPITALS.test(part.text);
  if (ts.isPropertyAccessExpression(part)) {
    return /columns$/i.test(part.name.text) || isConstantMember(part);
  }
  if (ts.isBinaryExpression(part)) {
    return isAllowedPart(part.left, constants) && isAllowedPart(part.right, constants);
  }
  return ts.isCallExpression(part) && isPieceCall(part);
}

/**
 * `FLAGS.erased`, `Number.MAX_SAFE_INTEGER`.
 * @param {ts.PropertyAccessExpression} part
 */
function isConstantMember({ expression, name }) {
  if (!ts.isIdentifier(expression)) return false;
  return CAPITALS.test(expression.text) || (expression.text === 'Number' && CAPITALS.test(name.text));
}

/** @param {ts.CallExpression} call */
function isPieceCall({ expression, arguments: words }) {
  if (ts.isIdentifier(expression) && expression.text === 'placeholders') return true;
  const isOfConstant =
    ts.isPropertyAccessExpression(expression) &&
    ts.isIdentifier(expression.expression) &&
    CAPITALS.test(expression.expression.text);
  return (ts.isIdentifier(expression) || isOfConstant) && words.length > 0 && words.every(isLiteralWord);
}

/**
 * @param {ts.Node} word
 * @returns {boolean}
 */
function isLiteralWord(word) {
  if (ts.isObjectLiteralExpression(word)) {
    return word.properties.every(
      (property) => ts.isPropertyAssignment(property) && isLiteralWord(property.initializer),
    );
  }
  return ts.isStringLiteralLike(word) || ts.isNumericLiteral(word);
}

/**
 * Whether a name is a parameter of the function around it, or taken out of one.
 * @param {ts.Identifier} name
 */
function isParameter(name) {
  /** @type {ts.Node} */
  let around = name;
  while (!ts.isFunctionDeclaration(around)) {
    if (ts.isSourceFile(around)) return false;
    around = around.parent;
  }
  const names = new Set();
  for (const parameter of around.parameters) {
    if (ts.isIdentifier(parameter.name)) names.add(parameter.name.text);
  }
  for (const statement of around.body?.statements ?? []) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name: pattern, initializer } of statement.declarationList.declarations) {
      const isTakenOut = initializer && ts.isIdentifier(initializer) && names.has(initializer.text);
      if (!isTakenOut || !ts.isObjectBindingPattern(pattern)) continue;
      for (const element of pattern.elements) names.add(element.name.getText());
    }
  }
  return names.has(name.text);
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
