// The page to read the API on: plain HTML made from the OpenAPI document, without a script and without inline styles, so
// that it stands under the strictest policy and needs nothing from anywhere.
import type { OpenApiDocument } from '@kith/protocol';

export const STYLE_PATH = '/docs/style.css';

export const STYLE_SHEET = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; }
details { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: 0.5rem 0; }
summary { cursor: pointer; }
code, pre { font-family: ui-monospace, monospace; }
pre { overflow-x: auto; padding: 0.75rem; background: color-mix(in srgb, currentColor 8%, transparent); }
.method { display: inline-block; min-width: 4.5rem; font-weight: 600; }
`;

type Json = { readonly [field: string]: unknown };

export function apiPage(document: OpenApiDocument): string {
  const sections = [...operationsByTag(document)].map(([tag, operations]) => {
    return `<section><h2 id="${escapeHtml(tag)}">${escapeHtml(tag)}</h2>${operations.join('')}</section>`;
  });
  const schemas = Object.entries(fieldsOf(document.components.schemas)).map(([name, schema]) => {
    return `<details id="${escapeHtml(name)}"><summary><code>${escapeHtml(name)}</code></summary>${asJson(schema)}</details>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The API of Kith</title>
<link rel="stylesheet" href="${STYLE_PATH}">
</head>
<body>
<main>
<h1>The API of Kith</h1>
<p>Version ${escapeHtml(String(document.info.version))}. As OpenAPI 3.1: <a href="/v1/openapi.json">/v1/openapi.json</a>.
Requests carry <code>Authorization: Bearer &lt;access token&gt;</code> where nothing else is said; errors are
<code>application/problem+json</code>.</p>
${sections.join('\n')}
<section><h2 id="schemas">Schemas</h2>${schemas.join('')}</section>
</main>
</body>
</html>
`;
}

function operationsByTag(document: OpenApiDocument): ReadonlyMap<string, readonly string[]> {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const [tag = 'other'] = Array.isArray(operation.tags) ? operation.tags.map(String) : [];
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationDetails(`${method.toUpperCase()} ${path}`, operation)]);
    }
  }
  return byTag;
}

function operationDetails(route: string, operation: Json): string {
  const [method = '', path = ''] = route.split(' ');
  const isPublic = Array.isArray(operation.security) && operation.security.length === 0;
  const parts = [
    `<p>${escapeHtml(String(operation.summary))}${isPublic ? ' (no token)' : ''}</p>`,
    part('Parameters', operation.parameters),
    part('Body', schemaOf(operation.requestBody)),
    ...Object.entries(fieldsOf(operation.responses)).map(([status, response]) => {
      return part(`Answer ${status}`, schemaOf(response) ?? fieldsOf(response).description);
    }),
  ];
  const title = `<span class="method">${escapeHtml(method)}</span> <code>${escapeHtml(path)}</code>`;
  return `<details id="${escapeHtml(String(operation.operationId))}"><summary>${title}</summary>${parts.join('')}</details>`;
}

function part(title: string, value: unknown): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '';
  return `<h3>${escapeHtml(title)}</h3>${asJson(value)}`;
}

/** The schema of a body or of an answer. */
function schemaOf(message: unknown): unknown {
  return fieldsOf(fieldsOf(fieldsOf(message).content)['application/json']).schema;
}

function fieldsOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function asJson(value: unknown): string {
  return `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`;
}

const ENTITIES: { readonly [character: string]: string } = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
