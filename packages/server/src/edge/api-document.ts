// The OpenAPI document of the API, and the page to read it, unless the document site has it. Both are made once, when
// they are first asked for.
import { readFileSync } from 'node:fs';
import { buildOpenApi } from '@kith/protocol';
import type { FastifyInstance } from 'fastify';
import { apiPage, STYLE_PATH, STYLE_SHEET } from './api-page.js';
import { API } from './routes.js';

/** Browsers keep these until the next start at most: they ask each time. */
const CACHE_CONTROL = 'no-cache';

export function addApiDocument(app: FastifyInstance, { hasSite }: { readonly hasSite: boolean }): void {
  let made: ReturnType<typeof buildOpenApi> | null = null;
  const document = () => {
    made ??= buildOpenApi({ version: packageVersion() });
    return made;
  };
  addPage(app, { path: `${API}/openapi.json`, type: 'application/json', make: () => JSON.stringify(document()) });
  if (hasSite) return;
  addPage(app, { path: '/docs', type: 'text/html', make: () => apiPage(document()) });
  addPage(app, { path: STYLE_PATH, type: 'text/css', make: () => STYLE_SHEET });
}

type Page = { readonly path: string; readonly type: string; readonly make: () => string };

function addPage(app: FastifyInstance, { path, type, make }: Page): void {
  let text: string | null = null;
  app.get(path, async (_request, reply) => {
    text ??= make();
    return reply.type(`${type}; charset=utf-8`).header('cache-control', CACHE_CONTROL).send(text);
  });
}

/** The version of this package: the same file from the sources and from what is built. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isVersioned = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isVersioned ? String(manifest.version) : 'unknown';
}
