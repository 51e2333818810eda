// Files of the web page and of the document site, each from one directory that is read once at the start: only what was
// there then is served, under its exact path, so that no path of a request ever reaches the file system. What is below
// `assets/` has its content's hash in its name and is kept by browsers for a year; the rest is asked for again each time,
// with an ETag.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';

export type StaticFile = {
  /** As in a URL, beginning with `/`. */
  readonly path: string;
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  readonly content: Buffer;
  /** The same compressed with Brotli, where the build has put it beside: `<file>.br`. */
  readonly compressed: Buffer | null;
  /** Instead of what every answer carries; null for one that this goes without. */
  readonly headers?: { readonly [name: string]: string | null };
};

const TYPES: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const COMPRESSED = '.br';
/** The links of invitations lead to the page, too: what they carry stands behind `#`, and never comes here. */
const INDEXES = { '': ['/', '/join'], '/docs': ['/docs/', '/docs/index.html'] };
const HASHED_PREFIX = '/assets/';
/** Most bytes of files that are held: a directory given by mistake stops the start instead of filling the memory. */
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * @param below where they are served: nothing for the page itself
 * @throws Error where the directory cannot be read, or holds more than a web page does
 */
export function readStaticFiles(directory: string, below: '' | '/docs' = ''): readonly StaticFile[] {
  const files: StaticFile[] = [];
  let sizeBytes = 0;
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(COMPRESSED)) continue;
    const file = join(entry.parentPath, entry.name);
    const content = readFileSync(file);
    const compressed = existsSync(file + COMPRESSED) ? readFileSync(file + COMPRESSED) : null;
    sizeBytes += content.length;
    if (sizeBytes > MOST_BYTES) throw new Error(`${directory} holds more than ${MOST_BYTES} bytes: it is no web page`);
    const name = `/${relative(directory, file).split(sep).join('/')}`;
    const paths = name === '/index.html' ? INDEXES[below] : [`${below}${name}`];
    files.push(...paths.map((path) => ({ ...staticFile(name, { content, compressed }), path })));
  }
  return files;
}

/** The same file with another content. */
export function withContent(file: StaticFile, content: Buffer): StaticFile {
  return { ...file, content, etag: etagOf(content), compressed: null };
}

function staticFile(
  name: string,
  { content, compressed }: Pick<StaticFile, 'content' | 'compressed'>,
): Omit<StaticFile, 'path'> {
  return {
    type: TYPES[extname(name)] ?? 'application/octet-stream',
    etag: etagOf(content),
    cacheControl: name.startsWith(HASHED_PREFIX) ? 'public, max-age=31536000, immutable' : 'no-cache',
    content,
    compressed,
  };
}

function etagOf(content: Buffer): string {
  return `"${createHash('sha256').update(content).digest('base64url').slice(0, 22)}"`;
}

export function sendStaticFile(file: StaticFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  // Those of a 304 take the place of what the browser has kept, too.
  for (const [name, value] of Object.entries(file.headers ?? {})) {
    if (value === null) reply.removeHeader(name);
    else reply.header(name, value);
  }
  reply.header('etag', file.etag).header('cache-control', file.cacheControl);
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  reply.code(200).type(file.type);
  if (file.compressed === null) return reply.send(file.content);
  reply.header('vary', 'accept-encoding');
  if (!takesBrotli(request.headers['accept-encoding'])) return reply.send(file.content);
  return reply.header('content-encoding', 'br').send(file.compressed);
}

/** As RFC 9110 has it, save that a `*` is not counted: what no one names is sent as it is. */
function takesBrotli(accepted: string | string[] | undefined): boolean {
  return /(?:^|,)\s*br\s*(?:;\s*q\s*=\s*(?!0(?:\.0*)?\s*(?:,|$))[\d.]+)?\s*(?:,|$)/i.test(String(accepted ?? ''));
}
