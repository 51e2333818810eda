/**
 * The files that the checks look at: all that git tracks or would track, read once.
 * A check takes a list of such files and gives back problems, so that a test can hand it a bad sample.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** @typedef {{ readonly path: string, readonly text: string }} SourceFile a path from the root, with `/` */
/** @typedef {{ readonly path: string, readonly line: number, readonly message: string }} Problem */

const BINARY = /\.(png|jpe?g|gif|webp|avif|ico|woff2?|wasm|zip|gz|pdf|mp[34]|ogg|webm)$/;

/**
 * @param {string} root
 * @returns {SourceFile[]}
 */
export function readSourceFiles(root) {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split('\0'))]
    .filter((path) => path !== '' && !BINARY.test(path) && existsSync(join(root, path)))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

/** @param {string} path */
export function isTest(path) {
  return /\.test\.(ts|tsx|mjs)$/.test(path) || /(^|\/)(test|e2e)\//.test(path);
}

/**
 * The syntax tree of a TypeScript or JavaScript file, with parents.
 * @param {SourceFile} file
 */
export function parseSource({ path, text }) {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

/**
 * Calls `visit` for every node below `node`, in order.
 * @param {ts.Node} node
 * @param {(node: ts.Node) => void} visit
 */
export function walk(node, visit) {
  ts.forEachChild(node, (child) => {
    visit(child);
    walk(child, visit);
  });
}

/**
 * @param {ts.SourceFile} tree
 * @param {ts.Node} node
 * @param {string} message
 * @returns {Problem}
 */
export function problemAt(tree, node, message) {
  const line = tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1;
  return { path: tree.fileName, line, message };
}

/**
 * Problems of a pattern, a line at a time.
 * @param {SourceFile} file
 * @param {RegExp} pattern without the flag g
 * @param {(match: RegExpExecArray) => string} message
 * @returns {Problem[]}
 */
export function problemsOfPattern({ path, text }, pattern, message) {
  return text.split('\n').flatMap((lineText, index) => {
    const match = pattern.exec(lineText);
    return match ? [{ path, line: index + 1, message: message(match) }] : [];
  });
}
