// Gives the service worker the list of what it keeps (what is built, and the files that lie beside it as they are), with its
// own name made of their content: another build is another worker, and a browser sees that by the bytes of the script.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

const PLACE = /["'`]__PRECACHED__["'`]/;
const WORKER = 'sw.js';
/** Loaded when it is asked for, and kept then; and what only pages of other sites want. */
const LATER = /^emoji\/|\.map$|^embed\.js$|^assets\/embedded-/;

export function offlineShell(): Plugin {
  let beside = '';
  return {
    name: 'kith-offline-shell',
    apply: 'build',
    enforce: 'post',
    configResolved({ publicDir }) {
      beside = publicDir;
    },
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        const worker = bundle[WORKER];
        if (worker?.type !== 'chunk') throw new Error(`the build has no ${WORKER}`);
        if (worker.imports.length > 0) throw new Error(`${WORKER} imports other chunks: it has to stand alone`);
        const kept = Object.entries(bundle).filter(([name]) => name !== WORKER && !LATER.test(name));
        const hash = createHash('sha256');
        for (const [name, file] of kept) hash.update(name).update(file.type === 'chunk' ? file.code : file.source);
        const files = readdirSync(beside);
        for (const name of files) hash.update(name).update(readFileSync(join(beside, name)));
        const names = [...kept.map(([name]) => name), ...files];
        const paths = names.map((name) => (name === 'index.html' ? '/' : `/${name}`)).sort();
        const list = JSON.stringify({ name: hash.digest('base64url').slice(0, 16), paths });
        if (!PLACE.test(worker.code)) throw new Error(`${WORKER} has no place for its list`);
        worker.code = worker.code.replace(PLACE, () => list);
      },
    },
  };
}
