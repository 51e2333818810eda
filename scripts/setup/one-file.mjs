/**
 * A module that does nothing but hand on a library of hundreds of files, written once more as one file with all of it: Node
 * opens, resolves and links each file by itself, which is most of what such a library costs a start. What it exports stays
 * the same, so that a clone where this was not done is slower and nothing else.
 */
import { join } from 'node:path';

/** The one module of that kind, and what the compiler makes of it. */
const SOURCE = 'packages/protocol/src/typebox.ts';
const COMPILED = 'packages/protocol/dist/typebox.js';

/** @param {string} root of a clone that is compiled */
export async function writeOneFile(root) {
  // Not above: this file is read before anything is installed.
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({ input: join(root, SOURCE), platform: 'node', logLevel: 'warn' });
  await bundle.write({ file: join(root, COMPILED), format: 'esm', minify: { compress: false, mangle: false } });
  await bundle.close();
}
