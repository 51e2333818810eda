/**
 * How the page is built: scripts and one style sheet with hashed names, nothing inline (the server's content security policy
 * allows none), source maps beside them. Dialogs and settings come in chunks of their own when they are first opened; the
 * service worker stands alone.
 */
import { readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compiledCatalogues } from './build/compiled-catalogues.js';
import { compressedFiles } from './build/compressed-files.js';
import { embedScript } from './build/embed-script.js';
import { emojiData } from './build/emoji-data.js';
import { offlineShell } from './build/offline-shell.js';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string };

export default defineConfig({
  define: { PAGE_VERSION: JSON.stringify(version) },
  plugins: [compiledCatalogues(), emojiData(), react(), embedScript(), offlineShell(), compressedFiles()],
  build: {
    target: 'es2022',
    sourcemap: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', sw: 'src/pwa/service-worker.ts' },
      output: {
        entryFileNames: ({ name }) => (name === 'sw' ? 'sw.js' : 'assets/[name]-[hash].js'),
        // What the page begins with in one piece, whoever else wants some of it: pieces compress worse. The worker stands alone.
        codeSplitting: {
          groups: [{ name: 'first', tags: ['$initial'], test: (id) => !id.includes('/src/pwa/service-worker') }],
        },
      },
      // The schemas of the protocol package are for the server; `Type.Object(…)` has no side effect.
      treeshake: { manualPureFunctions: ['Type'] },
    },
  },
  server: { proxy: { '/v1': { target: `http://127.0.0.1:${process.env.PORT ?? '8080'}`, ws: true } } },
});
