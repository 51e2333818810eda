// The OpenAPI 3.1 document of the HTTP interface, made from the registry and its schemas and from nothing else: what the
// parser takes is what the document says. Pure; a server builds it once.

import { AuditRecord } from './audit.js';
import { ERROR_CODES } from './codes.js';
import { Written } from './commands.js';
import { EntrySchema } from './entries.js';
import {
  Bot,
  BotToken,
  FoundMessage,
  IncomingHook,
  Invocation,
  Job,
  Marks,
  Me,
  Member,
  NewBotToken,
  NewIncomingHook,
  NewOutgoingHook,
  OutgoingHook,
  Presence,
  Session,
  SlashCommand,
  Summary,
  TimelineItem,
  User,
  WorkspaceKey,
} from './models.js';
import { SignedIn } from './operations.js';
import { REGISTRY, type RegistryRow, type RequestName, schemasOf } from './registry.js';
import { SIGNAL_SCOPE, STREAM_SCOPE } from './scopes.js';
import { SIGNALS } from './signals.js';

type Json = { readonly [field: string]: unknown };

export type OpenApiDocument = {
  readonly openapi: '3.1.0';
  readonly info: Json;
  readonly paths: { readonly [path: string]: { readonly [method: string]: Json } };
  readonly components: Json;
} & Json;

/** Schemas that have a name in the document; the same object elsewhere becomes a reference to it. */
const SHARED = {
  User,
  Summary,
  Marks,
  Member,
  Presence,
  Session,
  Me,
  Entry: EntrySchema,
  TimelineItem,
  FoundMessage,
  WorkspaceKey,
  Bot,
  BotToken,
  NewBotToken,
  IncomingHook,
  NewIncomingHook,
  OutgoingHook,
  NewOutgoingHook,
  SlashCommand,
  Invocation,
  Job,
  AuditRecord,
  SignedIn,
  Written,
};
const NAMES_OF_SHARED: ReadonlyMap<unknown, string> = new Map(
  Object.entries(SHARED).map(([name, schema]) => [schema, name]),
);

const PROBLEM_TYPE = 'application/problem+json';

/** @param version of the build, as `info.version`; the contract's own is in the paths */
export function buildOpenApi({ version }: { readonly version: string }): OpenApiDocument {
  return {
    openapi: '3.1.0',
    info: { title: 'Kith', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    paths: { ...registryPaths(), ...framePaths(), ...streamPaths() },
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'An access token' } },
      schemas: { ...sharedSchemas(), Problem: problemSchema() },
      responses: { Problem: problemResponse(), TooMany: tooManyResponse() },
    },
  };
}

/** One operation for each method and path; names that share a route are told apart by a query field. */
function registryPaths(): OpenApiDocument['paths'] {
  const routes = new Map<string, [RequestName, ...RequestName[]]>();
  for (const name of Object.keys(REGISTRY) as RequestName[]) {
    const route = `${REGISTRY[name].method.toLowerCase()} ${pathOf(REGISTRY[name])}`;
    const names = routes.get(route);
    if (names) names.push(name);
    else routes.set(route, [name]);
  }
  const paths: { [path: string]: { [method: string]: Json } } = {};
  for (const [route, names] of routes) {
    const [method = '', path = ''] = route.split(' ');
    paths[path] = { ...paths[path], [method]: operationOf(names) };
  }
  return paths;
}

function pathOf({ path }: RegistryRow): string {
  return `/v1${path.replaceAll(/:(\w+)/g, '{$1}')}`;
}

function operationOf([name, ...others]: readonly [RequestName, ...RequestName[]]): Json {
  const row = REGISTRY[name];
  const all = [name, ...others];
  const body = hasBody(row) ? bodyOf(name) : {};
  return {
    operationId: all.join('_or_'),
    summary: all.map((each) => REGISTRY[each].summary).join('; '),
    tags: [name.split('.')[0]],
    ...securityOf(row),
    parameters: parametersOf(all),
    ...body,
    responses: { ...successesOf(name), '429': ref('responses/TooMany'), default: ref('responses/Problem') },
  };
}

/** What is public wants no token; what needs a scope names it, as OpenAPI lets a bearer token's roles be named. */
function securityOf({ permission, scope }: RegistryRow): Json {
  if (permission === 'public') return { security: [] };
  return scope === null ? {} : { security: [{ bearer: [scope] }] };
}

function hasBody({ method }: RegistryRow): boolean {
  return method !== 'GET' && method !== 'DELETE';
}

type ParamsSchema = {
  readonly properties?: { readonly [field: string]: Json };
  readonly required?: readonly string[];
  /** Where one or another set of fields is wanted. */
  readonly oneOf?: readonly Json[];
};

function paramsOf(name: RequestName): Required<ParamsSchema> {
  const { properties = {}, required = [], oneOf = [] } = schemasOf(name).params as ParamsSchema;
  return { properties, required, oneOf };
}

function isInPath(name: RequestName, field: string): boolean {
  return REGISTRY[name].path.split('/').includes(`:${field}`);
}

function parametersOf(names: readonly RequestName[]): readonly Json[] {
  const parameters = new Map<string, Json>();
  for (const name of names) {
    const { properties, required } = paramsOf(name);
    for (const [field, schema] of Object.entries(properties)) {
      const isPath = isInPath(name, field);
      // What can only be null has no form in a query.
      if (!isPath && (hasBody(REGISTRY[name]) || schema.type === 'null')) continue;
      const isRequired = isPath || (names.length === 1 && required.includes(field));
      const list = schema.type === 'array' ? { style: 'form', explode: false } : {};
      parameters.set(field, {
        name: field,
        in: isPath ? 'path' : 'query',
        required: isRequired,
        schema: named(schema),
        ...list,
      });
    }
    if ('key' in properties) parameters.set('Idempotency-Key', idempotencyKey(named(properties.key)));
  }
  return [...parameters.values()];
}

function idempotencyKey(schema: unknown): Json {
  const description = 'The key of the write, if it is not in the body';
  return { name: 'Idempotency-Key', in: 'header', required: false, description, schema };
}

/** The key may come as a header instead, so a body never has to have it. */
function bodyOf(name: RequestName): Json {
  const { properties, required, oneOf } = paramsOf(name);
  const fields = Object.keys(properties).filter((field) => !isInPath(name, field));
  if (fields.length === 0) return {};
  const wanted = required.filter((field) => fields.includes(field) && field !== 'key');
  const schema = {
    type: 'object',
    ...(wanted.length > 0 ? { required: wanted } : {}),
    ...(oneOf.length > 0 ? { oneOf } : {}),
    properties: Object.fromEntries(fields.map((field) => [field, named(properties[field])])),
  };
  return { requestBody: { required: wanted.length + oneOf.length > 0, content: { 'application/json': { schema } } } };
}

function successesOf(name: RequestName): Json {
  const { status, summary } = REGISTRY[name];
  if (status === 204) return { '204': { description: summary } };
  const schema = name === 'conversation.create' ? ref('schemas/Summary') : named(schemasOf(name).result);
  const content = { 'application/json': { schema } };
  const repeated = { '200': { description: 'The same was there already', content } };
  const canRepeat = status === 201 && 'key' in paramsOf(name).properties;
  return { ...(canRepeat ? repeated : {}), [status]: { description: summary, content } };
}

/** The two routes that take the frames of the socket. */
function framePaths(): OpenApiDocument['paths'] {
  const connection = { name: 'Kith-Connection', in: 'header', required: false, schema: { type: 'string' } };
  const command = {
    type: 'object',
    required: ['type', 'id', 'name'],
    properties: {
      type: { const: 'command' },
      id: { type: 'integer', minimum: 0 },
      name: { type: 'string' },
      params: { type: 'object' },
    },
  };
  const ack = {
    type: 'object',
    properties: { type: { const: 'ack' }, id: { type: 'integer' }, result: { type: 'object' } },
  };
  const post = (operation: Json, schema: unknown) => ({
    post: {
      tags: ['frames'],
      parameters: [connection],
      requestBody: { required: true, content: jsonOf(schema) },
      ...operation,
    },
  });
  const failures = { '429': ref('responses/TooMany'), default: ref('responses/Problem') };
  const acked = { '200': { description: 'The answer, as on the socket', content: jsonOf(ack) }, ...failures };
  const taken = { '204': { description: 'Taken, or of a name that is not known' }, ...failures };
  return {
    '/v1/commands': post({ operationId: 'commands', summary: 'Send a command frame', responses: acked }, command),
    '/v1/signals': post(
      {
        operationId: 'signals',
        summary: 'Send a signal frame',
        security: [{ bearer: [SIGNAL_SCOPE] }],
        responses: taken,
      },
      { anyOf: Object.values(SIGNALS).map(named) },
    ),
  };
}

/** The route of streams over HTTP: opened with a ticket, polled with a token. */
function streamPaths(): OpenApiDocument['paths'] {
  const text = { type: 'string', maxLength: 500 };
  const query = (name: string, schema: Json) => ({ name, in: 'query', required: false, schema });
  const lastEventId = { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } };
  const texts = ['ticket', 'connection', 'since', 'device', 'instance', 'client'].map((name) => query(name, text));
  const content = {
    'text/event-stream': { schema: { type: 'string' } },
    ...jsonOf({ type: 'array', items: { type: 'object' } }),
  };
  const get = {
    operationId: 'events',
    summary: 'Open a stream over HTTP as server-sent events, or, with wait, as polls; or poll one',
    tags: ['frames'],
    security: [{}, { bearer: [STREAM_SCOPE] }],
    parameters: [...texts, query('wait', { type: 'integer', minimum: 1, maximum: 60 }), lastEventId],
    responses: {
      '200': { description: 'Frames: one an event, or a list of them', content },
      '429': ref('responses/TooMany'),
      default: ref('responses/Problem'),
    },
  };
  return { '/v1/events': { get } };
}

function jsonOf(schema: unknown): Json {
  return { 'application/json': { schema } };
}

function sharedSchemas(): Json {
  return Object.fromEntries(Object.entries(SHARED).map(([name, schema]) => [name, inner(schema)]));
}

/** A schema as JSON, with references where a shared one stands. */
function named(value: unknown): unknown {
  const name = NAMES_OF_SHARED.get(value);
  return name === undefined ? inner(value) : ref(`schemas/${name}`);
}

function inner(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(named);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([field, part]) => [field, named(part)]));
}

function ref(to: string): Json {
  return { $ref: `#/components/${to}` };
}

function problemSchema(): Json {
  return {
    type: 'object',
    description: 'RFC 9457, with the fields of an error frame',
    required: ['status', 'code', 'message', 'retry'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { enum: Object.keys(ERROR_CODES) },
      message: { type: 'string' },
      retry: { enum: ['never', 'new_key', 'same_key'] },
      retryAfterMs: { type: 'integer', minimum: 0 },
      trace: { type: 'string', description: 'By which the log of the server has the request (H2)' },
    },
  };
}

function problemResponse(): Json {
  const content = { [PROBLEM_TYPE]: { schema: ref('schemas/Problem') } };
  return { description: 'Refused, or failed', content };
}

function tooManyResponse(): Json {
  const header = { description: 'Seconds to wait', schema: { type: 'integer', minimum: 1 } };
  return { ...problemResponse(), description: 'Too many requests', headers: { 'Retry-After': header } };
}
