// What sites of others may have of this server in their pages (docs/embed.md): `/embed.js`, which a page of theirs loads, and
// `/embed`, the web page in the frame that it makes. Only origins of EMBED_ORIGINS may frame that page, and none may frame
// another; where there are none, neither is there. The page knows them too, and takes messages from nobody else.
import { ChatError } from '@kith/protocol';
import type { FastifyInstance } from 'fastify';
import { framedHeaders } from './security-headers.js';
import { type StaticFile, withContent } from './static.js';

const PAGE = '/embed';
const SCRIPT = '/embed.js';

/**
 * @param files those of the web page
 * @param origins as the configuration has them: nothing in them ends a rule of a policy, or an attribute
 * @returns the same, with what sites of others may have
 */
export function embeddable(files: readonly StaticFile[], origins: readonly string[]): readonly StaticFile[] {
  const others = files.filter(({ path }) => path !== SCRIPT && path !== PAGE);
  if (origins.length === 0) return others;
  const page = files.find(({ path }) => path === '/');
  const script = files.find(({ path }) => path === SCRIPT);
  return [
    ...others,
    ...(page === undefined ? [] : [framedPage(page, origins)]),
    // A page that is cut off from those of other origins may load it, too.
    ...(script === undefined ? [] : [{ ...script, headers: { 'cross-origin-resource-policy': 'cross-origin' } }]),
  ];
}

/** Says what is missing, where somebody looks for it. */
export function refuseEmbedding(app: FastifyInstance): void {
  for (const path of [PAGE, SCRIPT]) {
    app.get(path, () => {
      throw new ChatError('not_found', 'no site may embed the chat of this server: EMBED_ORIGINS names none');
    });
  }
}

function framedPage(page: StaticFile, origins: readonly string[]): StaticFile {
  const named = `<meta name="kith-embed-origins" content="${origins.join(' ')}">`;
  const content = page.content.toString().replace(/<\/head>|$/, (end) => `${named}${end}`);
  return { ...withContent(page, Buffer.from(content)), path: PAGE, headers: framedHeaders(origins) };
}
