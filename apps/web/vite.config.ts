/**
 * How the page is built: one script and one style sheet with hashed names, nothing inline (the server's
 * content security policy allows none), source maps beside them.
 */
import { defineConfig } from 'vite';

export default defineConfig({
  build: {
    target: 'es2022',
    sourcemap: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The schemas of the protocol package are for the server; `Type.Object(…)` has no side effect.
    rolldownOptions: { treeshake: { manualPureFunctions: ['Type'] } },
  },
  server: { proxy: { '/v1': { target: 'http://127.0.0.1:8080', ws: true } } },
});
