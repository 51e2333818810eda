// The OpenAPI document of the API, and the page to read it, unless the document site has it. Both are made once, when the
// server starts.
import { readFileSync } from 'node:fs';
import { buildOpenApi } from '@kith/protocol';
import type { FastifyInstance } from 'fastify';
import { apiPage, STYLE_PATH, STYLE_SHEET } from './api-page.js';
import { API } from './routes.js';

/** Browsers keep these until the next start at most: they ask each time. */
const CACHE_CONTROL = 'no-cache';

export function addApiDocument(app: FastifyInstance, { hasSite }: { readonly hasSite: boolean }): void {
  const document = buildOpenApi({ version: packageVersion() });
  const json = { path: `${API}/openapi.json`, type: 'application/json; charset=utf-8', text: JSON.stringify(document) };
  const page = [
    { path: '/docs', type: 'text/html; charset=utf-8', text: apiPage(document) },
    { path: STYLE_PATH, type: 'text/css; charset=utf-8', text: STYLE_SHEET },
  ];
  for (const { path, type, text } of hasSite ? [json] : [json, ...page]) {
    app.get(path, async (_request, reply) => reply.type(type).header('cache-control', CACHE_CONTROL).send(text));
  }
}

/** The version of this package: the same file from the sources and from what is built. */
function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isVersioned = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isVersioned ? String(manifest.version) : 'unknown';
}
