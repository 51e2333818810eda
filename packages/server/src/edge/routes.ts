// The routes of the API, made from the registry: one for each method and path, and the two that take the very frames of
// the socket. A handler gathers the params, has the protocol's parser judge them, takes a token, and asks the core.
import {
  ChatError,
  COMMANDS,
  type Command,
  type CommandName,
  FrameError,
  parseClientFrame,
  parseJson,
  parseParams,
  parseSignal,
  REGISTRY,
  type RequestName,
} from '@kith/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ChatService, Stream } from '../core/chat.js';
import type { Principal } from '../core/principal.js';
import { isAudited } from './auditing.js';
import { authenticateBearer } from './bearer.js';
import type { ClientAddresses } from './client-address.js';
import type { Dispatch, Requester } from './dispatch.js';
import type { Origins } from './origins.js';
import type { Accounts, Visitor, WorkspaceOf } from './ports.js';
import { gatherParams } from './request-params.js';
import { sessionCookiesOf } from './session-cookies.js';
import { tracedBy } from './trace.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on routes that are public. */
    principal: Principal | null;
  }
}

export type RouteParts = {
  readonly chat: ChatService;
  readonly accounts: Accounts;
  readonly dispatch: Dispatch;
  readonly addresses: ClientAddresses;
  readonly origins: Origins;
  readonly workspaceOf: WorkspaceOf;
  /** The open stream of that id, if it is the person's own. */
  readonly streamOf: (id: string, principal: Principal) => Stream | null;
};

/** Below which all routes of the API are. */
export const API = '/v1';

/** What an answer of its own kind looks like: another status for a write that was there already, another body. */
type Answer = { readonly status: number; readonly body: unknown };

export function addRoutes(app: FastifyInstance, parts: RouteParts): void {
  app.decorateRequest('principal', null);
  for (const [route, names] of routesOfRegistry()) addRegistryRoute(app, parts, { route, names });
  addFrameRoutes(app, parts);
}

/** The names of the registry by method and path, as `GET /v1/users`. */
export function routesOfRegistry(): ReadonlyMap<string, readonly RequestName[]> {
  const routes = new Map<string, RequestName[]>();
  for (const name of Object.keys(REGISTRY) as RequestName[]) {
    const { method, path } = REGISTRY[name];
    const route = `${method} ${API}${path}`;
    routes.set(route, [...(routes.get(route) ?? []), name]);
  }
  return routes;
}

function addRegistryRoute(
  app: FastifyInstance,
  parts: RouteParts,
  { route, names }: { readonly route: string; readonly names: readonly RequestName[] },
): void {
  const [method = '', url = ''] = route.split(' ');
  const isPublic = names.every((name) => REGISTRY[name].permission === 'public');
  app.route({
    method,
    url,
    ...(isPublic ? {} : { onRequest: (request: FastifyRequest) => authenticate(parts, request) }),
    handler: (request, reply) => answer(parts, request, { reply, name: chosenOf(names, request) }),
  });
}

async function answer(
  parts: RouteParts,
  request: FastifyRequest,
  { reply, name }: { readonly reply: FastifyReply; readonly name: RequestName },
): Promise<unknown> {
  const raw = gatherParams(name, {
    path: request.params as { [field: string]: string },
    query: request.query as { [field: string]: string | string[] },
    body: request.body as string | undefined,
    idempotencyKey: headerOf(request, 'idempotency-key'),
  });
  const work = { name, address: addressFor(parts, request, name), ...tracedBy(request) };
  if (isCommand(name)) {
    const params = parseParams(name, raw);
    const principal = requirePrincipal(request);
    requireRate(parts, principal.user, name);
    const caller = { principal, stream: streamOf(parts, request, principal) };
    return send(reply, answerOf(name, await parts.dispatch.command({ ...work, name }, caller, params)));
  }
  const cookies = sessionCookiesOf(name, request, parts.origins);
  const params = parseParams(name, cookies?.shown(name, raw) ?? raw);
  const requester = await requesterOf(parts, request);
  requireRate(parts, requester.principal?.user ?? requester.visitor.address, name);
  const asked = parts.dispatch.operation({ ...work, name }, requester, params);
  if (cookies === null) return send(reply, answerOf(name, await asked));
  return send(
    reply,
    answerOf(name, await cookies.through(asked, { name, reply, session: request.principal?.session })),
  );
}

/** `POST /v1/commands` and `POST /v1/signals`: the frames of the socket, answered with the frames of the socket. */
function addFrameRoutes(app: FastifyInstance, parts: RouteParts): void {
  const onRequest = (request: FastifyRequest) => authenticate(parts, request);
  app.post(`${API}/commands`, { onRequest }, async (request) => {
    const frame = commandFrame(request.body as string | undefined);
    const principal = requirePrincipal(request);
    requireRate(parts, principal.user, frame.name);
    const caller = { principal, stream: streamOf(parts, request, principal) };
    const work = { name: frame.name, address: addressFor(parts, request, frame.name), ...tracedBy(request) };
    return { type: 'ack', id: frame.id, result: await parts.dispatch.command(work, caller, frame.params) };
  });
  app.post(`${API}/signals`, { onRequest }, async (request, reply) => {
    const signal = parseSignal(parseJson((request.body as string | undefined) ?? ''));
    const principal = requirePrincipal(request);
    if (signal !== null) {
      const refusal = parts.dispatch.signalRefusal(principal);
      if (refusal !== null) throw refusal;
      parts.chat.signal({ principal, stream: streamOf(parts, request, principal) }, signal);
    }
    return reply.code(204).send();
  });
}

/** The frame that the body of `POST /v1/commands` is. @throws ChatError */
export function commandFrame(text: string | undefined): Command {
  try {
    const frame = parseClientFrame(text ?? '');
    if (frame?.type === 'command') return frame;
    if (frame?.type === 'refused') throw frame.error;
  } catch (error) {
    if (!(error instanceof FrameError)) throw error;
    throw new ChatError('bad_request', error.message, { cause: error });
  }
  throw new ChatError('bad_request', 'a frame of the type command is wanted');
}

function answerOf(name: RequestName, result: unknown): Answer {
  const { status } = REGISTRY[name];
  if (status === 204) return { status, body: undefined };
  const isRepeat = status === 201 && isObject(result) && result.duplicate === true;
  const body = name === 'conversation.create' && isObject(result) ? result.summary : result;
  return { status: isRepeat ? 200 : status, body };
}

function send(reply: FastifyReply, { status, body }: Answer): FastifyReply {
  return reply.code(status).send(body);
}

/** Where two names share a route, the query field that one of them is chosen by. */
function chosenOf(names: readonly RequestName[], request: FastifyRequest): RequestName {
  const [only] = names;
  if (names.length === 1 && only !== undefined) return only;
  const query = request.query as { [field: string]: unknown };
  const chosen = names.find((name) => query[REGISTRY[name].chosenBy ?? ''] !== undefined);
  if (chosen !== undefined) return chosen;
  const fields = names.map((name) => REGISTRY[name].chosenBy).join(' or ');
  throw new ChatError('bad_request', `one of the query fields ${fields} is wanted`);
}

async function authenticate({ accounts }: RouteParts, request: FastifyRequest): Promise<void> {
  request.principal = await authenticateBearer(accounts, request);
}

function requirePrincipal({ principal }: FastifyRequest): Principal {
  if (principal === null) throw new ChatError('unauthenticated', 'an access token is wanted');
  return principal;
}

function requireRate({ dispatch }: RouteParts, ...[key, name]: [string, RequestName]): void {
  const refusal = dispatch.refusalByRate(key, name);
  if (refusal !== null) throw refusal;
}

async function requesterOf(parts: RouteParts, request: FastifyRequest): Promise<Requester> {
  const address = parts.addresses.keyOf(request.socket.remoteAddress, request.headers['x-forwarded-for']);
  const { principal } = request;
  if (principal !== null) return { principal, visitor: { workspace: principal.workspace, address } };
  return { principal, visitor: await visitorOf(parts, request, address) };
}

/** Where a command came from, for those alone that are recorded with it. */
function addressFor(parts: RouteParts, ...[request, name]: [FastifyRequest, RequestName]): string | null {
  if (!isAudited(name)) return null;
  return parts.addresses.keyOf(request.socket.remoteAddress, request.headers['x-forwarded-for']);
}

async function visitorOf(parts: RouteParts, ...[request, address]: [FastifyRequest, string]): Promise<Visitor> {
  const workspace = await parts.workspaceOf({
    name: headerOf(request, 'kith-workspace') ?? null,
    host: request.hostname,
  });
  if (workspace === null) throw new ChatError('not_found', 'there is no such workspace');
  return { workspace, address };
}

function streamOf(parts: RouteParts, ...[request, principal]: [FastifyRequest, Principal]): Stream | null {
  const id = headerOf(request, 'kith-connection');
  if (id === undefined) return null;
  const stream = parts.streamOf(id, principal);
  if (stream === null) throw new ChatError('not_found', 'Kith-Connection names no open connection of yours');
  return stream;
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
}

function isCommand(name: RequestName): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

function isObject(value: unknown): value is { readonly [field: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
