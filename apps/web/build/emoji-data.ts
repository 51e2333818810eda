// The data of the emoji picker, which it asks this server for: names by language, and the codes that people type.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';

const LOCALES = ['en', 'de'] as const;
const require = createRequire(import.meta.url);

type Emoji = { readonly emoji: string; readonly hexcode: string };
type Codes = { readonly [hexcode: string]: string | readonly string[] };

export function emojiData(): Plugin {
  return {
    name: 'kith-emoji',
    apply: 'build',
    generateBundle() {
      for (const locale of LOCALES) {
        for (const name of ['data', 'messages']) {
          const source = readFileSync(require.resolve(`emojibase-data/${locale}/${name}.json`), 'utf8');
          this.emitFile({ type: 'asset', fileName: `emoji/${locale}/${name}.json`, source });
        }
      }
      this.emitFile({ type: 'asset', fileName: 'emoji/codes.json', source: JSON.stringify(codes()) });
    },
  };
}

/** By the code, such as `smile`. */
function codes(): { readonly [code: string]: string } {
  const emojis = read<readonly Emoji[]>('emojibase-data/en/data.json');
  const byHex = new Map(emojis.map(({ hexcode, emoji }) => [hexcode, emoji]));
  const found = Object.entries(read<Codes>('emojibase-data/en/shortcodes/github.json')).flatMap(([hexcode, own]) => {
    const emoji = byHex.get(hexcode);
    return emoji === undefined ? [] : [own].flat().map((code) => [code, emoji] as const);
  });
  return Object.fromEntries(found.sort(([one], [other]) => one.length - other.length || (one < other ? -1 : 1)));
}

function read<T>(path: string): T {
  return JSON.parse(readFileSync(require.resolve(path), 'utf8')) as T;
}
