// Beside each text of the build, the same compressed with Brotli as well as it can be: the server hands it out as it is, and
// spends no time on it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXTS = /\.(?:js|css|html|json|svg|webmanifest)$/;
/** Smaller ones fit into one packet either way. */
const LEAST_BYTES = 1_024;
/** The best takes seconds for what is this large, for a percent. */
const LARGE_BYTES = 400_000;

export function compressedFiles(): Plugin {
  let directory = '';
  return {
    name: 'kith-compressed',
    apply: 'build',
    configResolved({ root, build }) {
      directory = join(root, build.outDir);
    },
    closeBundle() {
      for (const file of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
        if (!TEXTS.test(file)) continue;
        const content = readFileSync(join(directory, file));
        if (content.length < LEAST_BYTES) continue;
        const quality = content.length > LARGE_BYTES ? 9 : constants.BROTLI_MAX_QUALITY;
        const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
        writeFileSync(join(directory, `${file}.br`), brotliCompressSync(content, { params }));
      }
    },
  };
}
