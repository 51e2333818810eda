/**
 * What the page says comes from its catalogues, so that it is said in the reader's language: no text stands in the markup
 * itself, and none in the attributes that people read or hear. Signs without a letter (`·`, `@`, `#`) are no text, and what is
 * said to nobody but a machine (`className`, `type`) is none either.
 */
import ts from 'typescript';
import { isTest, parseSource, problemAt, walk } from './source-files.mjs';

const SOURCE = /^apps\/web\/src\/.*\.tsx$/;
const LETTERS = /\p{L}{2,}/u;
/** Those that somebody reads or hears. */
const SAID = new Set(['alt', 'aria-description', 'aria-label', 'label', 'placeholder', 'title']);
/** The name of the product, and words of the markup of numbers. */
const NAMES = new Set(['Kith']);

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkLiteralText(files) {
  return files
    .filter(({ path }) => SOURCE.test(path) && !isTest(path))
    .flatMap((file) => {
      const tree = parseSource(file);
      /** @type {import('./source-files.mjs').Problem[]} */
      const problems = [];
      walk(tree, (node) => {
        for (const text of textsOf(node)) {
          const said = text.trim();
          if (!LETTERS.test(said) || NAMES.has(said)) continue;
          problems.push(
            problemAt(tree, node, `says “${said.slice(0, 40)}” itself: put it into src/text and say it by its key`),
          );
        }
      });
      return problems;
    });
}

/**
 * @param {ts.Node} node
 * @returns {readonly string[]} what is shown by this very node, as it is written
 */
function textsOf(node) {
  if (ts.isJsxText(node)) return [node.text];
  if (ts.isJsxExpression(node)) {
    const isSaid = !ts.isJsxAttribute(node.parent) || SAID.has(node.parent.name.getText());
    return isSaid && node.expression ? literalsIn(node.expression) : [];
  }
  if (ts.isJsxAttribute(node) && node.initializer && ts.isStringLiteral(node.initializer))
    return SAID.has(node.name.getText()) ? [node.initializer.text] : [];
  return [];
}

/**
 * Of what an expression may come out as: not what is handed to a function, or compared.
 * @param {ts.Expression} expression
 * @returns {readonly string[]}
 */
function literalsIn(expression) {
  if (ts.isParenthesizedExpression(expression)) return literalsIn(expression.expression);
  if (ts.isStringLiteral(expression) || ts.isNoSubstitutionTemplateLiteral(expression)) return [expression.text];
  if (ts.isTemplateExpression(expression))
    return [expression.head.text, ...expression.templateSpans.map(({ literal }) => literal.text)];
  if (ts.isConditionalExpression(expression))
    return [...literalsIn(expression.whenTrue), ...literalsIn(expression.whenFalse)];
  if (ts.isBinaryExpression(expression)) {
    const { kind } = expression.operatorToken;
    if (kind === ts.SyntaxKind.PlusToken) return [...literalsIn(expression.left), ...literalsIn(expression.right)];
    const isChoice = [
      ts.SyntaxKind.BarBarToken,
      ts.SyntaxKind.QuestionQuestionToken,
      ts.SyntaxKind.AmpersandAmpersandToken,
    ].includes(kind);
    return isChoice ? literalsIn(expression.right) : [];
  }
  return [];
}
