/**
 * A process that has loaded all that the server takes from others, which is most of its start, and begins with our own
 * files when it is told to: so that what was saved last is what runs, half a second later.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const folder = fileURLToPath(new URL('../../packages/server/', import.meta.url));
const require = createRequire(join(folder, 'package.json'));
const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const others = Object.keys(dependencies).filter((name) => !name.startsWith('@kith/'));
const places = [...others.map((name) => require.resolve(name)), join(folder, '..', 'protocol', 'dist', 'typebox.js')];
await Promise.all(places.map((place) => import(pathToFileURL(place).href)));
process.once('message', () => {
  process.disconnect();
  void import(pathToFileURL(join(folder, 'dist', 'main.js')).href);
});
process.send?.('ready');
