// `/embed.js` in one piece that leaves no name in the page which loads it: a site's page takes it as a plain script, and its
// policy may let it load nothing further.
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'vite';

const ENTRY = fileURLToPath(new URL('../src/embed/host/script.ts', import.meta.url));

export function embedScript(): Plugin {
  return {
    name: 'kith-embed-script',
    apply: 'build',
    async generateBundle() {
      const results = await build({
        configFile: false,
        logLevel: 'warn',
        build: { write: false, target: 'es2022', lib: { entry: ENTRY, formats: ['iife'], name: 'unnamed' } },
      });
      const [chunk, ...more] = [results].flat().flatMap((result) => ('output' in result ? result.output : []));
      if (chunk?.type !== 'chunk' || more.length > 0) throw new Error('embed.js is not in one piece');
      this.emitFile({ type: 'asset', fileName: 'embed.js', source: chunk.code });
    },
  };
}
