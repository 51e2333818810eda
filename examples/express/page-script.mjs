// The page's script as browsers get it: `page/chat.js` with the SDK that it imports in one file, made once when the app
// starts. An app whose pages have a bundler already needs nothing of this.
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const SCRIPT = fileURLToPath(new URL('./page/chat.js', import.meta.url));

/** @returns {Promise<string>} */
export async function bundlePageScript() {
  // What only declares shapes of messages is left out where nothing uses it: it is most of the size.
  const bundle = await rolldown({ input: SCRIPT, treeshake: { manualPureFunctions: ['Type'] } });
  try {
    const { output } = await bundle.generate({ format: 'esm', minify: true, codeSplitting: false });
    return output[0].code;
  } finally {
    await bundle.close();
  }
}
