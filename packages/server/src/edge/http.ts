// The HTTP side of the edge: the API, the probes, the web page's files and the page about the API, on one fastify
// instance. Every answer carries the security headers and a request id; every error is a problem document without a
// trace of the code behind it; a page of another origin that is not allowed can change nothing.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { ChatError, LIMITS } from '@kith/protocol';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Random } from '../core/clock.js';
import type { AccessLog } from './access-log.js';
import type { EdgeConfig } from './edge-config.js';
import { corsHeaders, type Origins, preflightHeaders } from './origins.js';
import { libraryRefusal, problemHeaders, problemOf, rawProblem } from './problem.js';
import { API } from './routes.js';
import { type StaticFile, sendStaticFile } from './static.js';
import type { EdgeTelemetry } from './telemetry.js';
import type { Tls } from './tls.js';
import { tracedBy, traceOf } from './trace.js';

export type HttpParts = {
  readonly config: EdgeConfig;
  readonly origins: Origins;
  readonly random: Random;
  readonly telemetry: EdgeTelemetry;
  /** Null where none is wanted. */
  readonly accessLog: AccessLog | null;
  /** Null for a server that speaks plain HTTP: on this machine, or to a proxy. */
  readonly tls: Tls | null;
  /** Those that every answer carries. */
  readonly securityHeaders: { readonly [name: string]: string };
};

/** A request id of the caller's is taken over where it has this form. */
const REQUEST_ID = /^[\w.-]{8,64}$/;
const REQUEST_ID_BYTES = 12;
/** Longest part of a path: the name of a setting, percent-encoded. */
const PATH_PART_CHARACTERS = 1_000;
/** Methods that change nothing. */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
/** Methods that a file takes. */
const READING: ReadonlySet<string> = new Set(['GET', 'HEAD']);
/** Largest head of a request, in bytes. */
const HEAD_BYTES = 16_384;
/** How often requests that take too long are looked for. Milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** How long a connection is kept for the next request. Milliseconds. */
const KEEP_ALIVE_MS = 65_000;

export function createHttp(parts: HttpParts): { readonly app: FastifyInstance; readonly server: Server } {
  const { config, random } = parts;
  const options = {
    headersTimeout: config.headersTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    connectionsCheckingInterval: LOOK_EVERY_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    maxHeaderSize: HEAD_BYTES,
  };
  const server = parts.tls?.createServer(options) ?? createServer(options);
  server.maxConnections = config.maxConnections;
  const app = fastify({
    serverFactory: (handler) => server.on('request', handler),
    bodyLimit: LIMITS.frame,
    routerOptions: { maxParamLength: PATH_PART_CHARACTERS },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    requestIdHeader: false,
    genReqId: (request: IncomingMessage) => requestIdOf(request, random),
    frameworkErrors: (error, request, reply) => sendError(parts, error, { request, reply }),
    clientErrorHandler: (error, socket) => refuseRaw(parts, error, socket as Socket),
  }) as unknown as FastifyInstance<Server, IncomingMessage, ServerResponse>;
  readJsonAsText(app);
  app.addHook('onRequest', async (request, reply) => admit(parts, request, reply));
  app.addHook('onResponse', async (request, reply) => report(parts, request, reply));
  app.setErrorHandler((error, request, reply) => sendError(parts, error, { request, reply }));
  return { app: app as unknown as FastifyInstance, server };
}

/** No route has a schema of Fastify's: shapes are read by the protocol. Its own compilers take 0.1 s to load. */
function noSchemas(): never {
  throw new Error('a route has a schema, which nothing here would compile');
}

/**
 * Answers what no route takes: with a file that is there, 405 where another method would be taken, else 404. To be called
 * after the last route. Files have no routes of their own: some hundred of them would take a tenth of the start.
 * @param files by path; a browser is shown the page itself with that 404: it says in its language that there is nothing
 */
export function answerRest(
  app: FastifyInstance,
  routes: readonly { readonly method: string; readonly path: string }[],
  files: ReadonlyMap<string, StaticFile>,
): void {
  const patterns = routes.map(({ method, path }) => ({ method, pattern: patternOf(path) }));
  const page = files.get('/')?.content ?? null;
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const file = files.get(path);
    if (file !== undefined && READING.has(request.method)) return sendStaticFile(file, request, reply);
    const methods = [
      ...patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method),
      ...(file === undefined ? [] : READING),
    ];
    const error =
      methods.length > 0
        ? new ChatError('bad_request', 'this path does not take that method')
        : new ChatError('not_found', 'there is nothing at this path');
    if (methods.length > 0) reply.header('allow', [...new Set(methods)].join(', '));
    const status = methods.length > 0 ? 405 : error.status;
    if (page !== null && status === 404 && isVisit(request))
      return reply.code(status).header('cache-control', 'no-cache').type('text/html; charset=utf-8').send(page);
    return reply
      .code(status)
      .headers(problemHeaders(error))
      .send(problemOf(error, status, traceOf(tracedBy(request)).id));
  });
}

/** Whether somebody looks with a browser, at no path of the API. */
function isVisit({ method, url, headers }: FastifyRequest): boolean {
  return method === 'GET' && !`${url}/`.startsWith(API) && (headers.accept ?? '').includes('text/html');
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Bodies come to the handlers as text, which the protocol's parser reads: it knows what is never taken. */
function readJsonAsText(app: FastifyInstance<Server, IncomingMessage, ServerResponse>): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body as Buffer));
    } catch {
      done(new ChatError('bad_request', 'the body is not UTF-8'));
    }
  });
}

/** Headers for whatever the answer will be; then pages of other origins are told yes or no. */
async function admit({ origins, securityHeaders }: HttpParts, ...[request, reply]: [FastifyRequest, FastifyReply]) {
  reply.headers(securityHeaders).header('x-request-id', request.id);
  if (request.url.startsWith(API)) reply.header('cache-control', 'no-store').header('vary', 'Origin');
  const { origin, host } = request.headers;
  if (origin === undefined) return undefined;
  const isAllowed = origins.isAllowed(origin, host);
  if (isAllowed) reply.headers(corsHeaders(origin));
  const isPreflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined;
  if (isAllowed && isPreflight) {
    return reply.code(204).headers(preflightHeaders(origin)).send();
  }
  if (!isAllowed && (isPreflight || !SAFE_METHODS.has(request.method))) {
    throw new ChatError('forbidden', 'pages of this origin may not use the server: see ALLOWED_ORIGINS');
  }
  return undefined;
}

function sendError(
  { telemetry, securityHeaders }: HttpParts,
  error: unknown,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): void {
  const trace = traceOf(tracedBy(request)).id;
  const refusal = error instanceof ChatError ? { error, status: error.status } : libraryRefusal(error);
  if (refusal === null)
    telemetry.error('request failed', error, { request: request.id, trace, route: routeOf(request) });
  const { error: told, status } = refusal ?? {
    error: new ChatError('unavailable', 'an error of the server'),
    status: 503,
  };
  // What the library refuses before any hook has no headers yet.
  reply.headers({ ...securityHeaders, 'x-request-id': request.id, ...problemHeaders(told) });
  reply.code(status).send(problemOf(told, status, trace));
}

function refuseRaw({ securityHeaders }: HttpParts, ...[error, socket]: [Error, Socket]): void {
  if (!socket.writable || ('code' in error && error.code === 'ECONNRESET')) {
    socket.destroy();
    return;
  }
  const refusal = libraryRefusal(error) ?? { error: new ChatError('bad_request', 'this is not HTTP'), status: 400 };
  socket.end(rawProblem(refusal, securityHeaders), () => socket.destroy());
}

/** For those who look for a fault: the route and not the path, which may hold what someone searched for. */
function report({ telemetry, accessLog }: HttpParts, ...[request, reply]: [FastifyRequest, FastifyReply]): void {
  accessLog?.overHttp(request, reply);
  telemetry.debug('request', {
    request: request.id,
    trace: traceOf(tracedBy(request)).id,
    method: request.method,
    route: routeOf(request),
    status: reply.statusCode,
    ms: Math.round(reply.elapsedTime),
  });
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'none';
}

function requestIdOf(request: IncomingMessage, random: Random): string {
  const given = request.headers['x-request-id'];
  if (typeof given === 'string' && REQUEST_ID.test(given)) return given;
  return Buffer.from(random.bytes(REQUEST_ID_BYTES)).toString('base64url');
}
