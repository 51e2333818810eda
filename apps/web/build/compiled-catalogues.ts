// Compiles the catalogues of texts while the page is built, so that no parser of ICU messages is loaded by a browser. What
// is no valid message ends the build.
import { compileMessageOrThrow } from '@lingui/message-utils/compileMessage';
import type { Plugin } from 'vite';

const CATALOGUE = /\/src\/text\/[a-z]+\.json$/;

export function compiledCatalogues(): Plugin {
  return {
    name: 'kith-catalogues',
    enforce: 'pre',
    transform(code, id) {
      if (!CATALOGUE.test(id)) return null;
      const texts = JSON.parse(code) as { readonly [key: string]: string };
      const compiled = Object.entries(texts).map(([key, text]) => [key, compileMessageOrThrow(text)] as const);
      return { code: JSON.stringify(Object.fromEntries(compiled)), map: null };
    },
  };
}
