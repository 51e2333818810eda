// The door for programs that speak Slack's payload, at incoming webhooks and where a slash command is answered: JSON, or a form
// whose field `payload` is JSON; answered with `ok`, or with a word of Slack's. The address is the secret, so it stands in no
// log. Rules A7 to A11 and SC9 of docs/protocol/v1.md.
import { randomUUID } from 'node:crypto';
import { ChatError, type CommandName, type Params, parseId, type Result } from '@kith/protocol';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HOOK_PATH, type HookAddress, type IncomingHooks, type RunAs } from '../core/apps/incoming-hooks.js';
import { SlackRefusal } from '../core/apps/slack/refusal.js';
import { ANSWER_PATH, type AnswerAddress } from '../core/apps/slash-commands/invocations.js';
import type { Principal } from '../core/principal.js';
import type { ClientAddresses } from './client-address.js';
import type { Dispatch } from './dispatch.js';
import { hrefOf } from './hrefs.js';
import type { Invocations } from './ports.js';
import { tracedBy } from './trace.js';

export type HookDoorParts = {
  readonly hooks: Pick<IncomingHooks, 'find' | 'post'>;
  readonly invocations: Invocations;
  readonly dispatch: Dispatch;
  readonly addresses: ClientAddresses;
};

/** Slack's words for what a message is refused with. */
const WORDS: { readonly [code: string]: readonly [word: string, status: number] } = {
  bad_request: ['invalid_payload', 400],
  forbidden: ['action_prohibited', 403],
  not_found: ['channel_not_found', 404],
  conflict: ['channel_is_archived', 410],
  key_reused: ['idempotency_key_reused', 409],
  too_large: ['msg_too_long', 413],
  rate_limited: ['rate_limited', 429],
};

export function addIncomingHooks(app: FastifyInstance, parts: HookDoorParts): void {
  app.register(async (door) => {
    door.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      done(null, new URLSearchParams(String(body)).get('payload') ?? '');
    });
    door.setErrorHandler((error, request, reply) => sendWord(reply, refusalOf(parts, error, request.id)));
    door.post(`${HOOK_PATH}/:workspace/:hook/:secret`, async (request, reply) => {
      await takeMessage(parts, request);
      return sendOk(reply);
    });
    door.post(`${ANSWER_PATH}/:workspace/:invocation/:secret`, async (request, reply) => {
      await takeAnswer(parts, request);
      return sendOk(reply);
    });
  });
}

async function takeMessage(parts: HookDoorParts, request: FastifyRequest): Promise<void> {
  const hook = await parts.hooks.find(request.params as HookAddress);
  if (hook === null) throw noService(parts, request);
  requireRate(parts, hook.bot, 'message.send');
  await parts.hooks.post(hook, { payload: payloadOf(request), key: keyOf(request) }, runOf(parts, request));
}

async function takeAnswer(parts: HookDoorParts, request: FastifyRequest): Promise<void> {
  const invocation = await parts.invocations.find(request.params as AnswerAddress);
  if (invocation === null) throw noService(parts, request);
  requireRate(parts, invocation.bot, 'invocation.answer');
  const answer = { payload: payloadOf(request), key: keyOf(request), hrefOf };
  await parts.invocations.post(invocation, answer, runOf(parts, request));
}

/** Whoever tries addresses is held back. */
function noService({ dispatch, addresses }: HookDoorParts, request: FastifyRequest): Error {
  const address = addresses.keyOf(request.socket.remoteAddress, request.headers['x-forwarded-for']);
  return dispatch.refusalByRate(address, 'session.create') ?? new SlackRefusal('no_service', 404);
}

function requireRate({ dispatch }: HookDoorParts, bot: string, name: CommandName): void {
  const refusal = dispatch.refusalByRate(bot, name);
  if (refusal !== null) throw refusal;
}

function runOf({ dispatch }: HookDoorParts, request: FastifyRequest): RunAs {
  return <N extends CommandName>(principal: Principal, name: N, params: Params<N>) => {
    const work = { name, address: null, ...tracedBy(request) };
    return dispatch.command(work, { principal, stream: null }, params) as Promise<Result<N>>;
  };
}

function payloadOf(request: FastifyRequest): string {
  return (request.body as string | undefined) ?? '';
}

/** A key of the sender's makes a repeat harmless; without one each request is a message of its own. */
function keyOf({ headers }: FastifyRequest): string {
  const given = headers['idempotency-key'];
  if (given === undefined) return randomUUID();
  const key = typeof given === 'string' ? parseId(given) : null;
  if (key === null) throw new SlackRefusal('invalid_idempotency_key', 400);
  return key;
}

function refusalOf({ dispatch }: HookDoorParts, error: unknown, requestId: string): SlackRefusal {
  if (error instanceof SlackRefusal) return error;
  if (isTooLarge(error)) return new SlackRefusal('payload_too_large', 413);
  if (isOfHttp(error)) return new SlackRefusal('invalid_payload', error.statusCode);
  const { code, retryAfterMs } = dispatch.refusalOf(error, { name: 'message.send', requestId });
  const [word, status] = WORDS[code] ?? ['service_unavailable', 503];
  return new SlackRefusal(word, status, retryAfterMs);
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_ERR_CTP_BODY_TOO_LARGE';
}

/** What the HTTP library refuses by itself, such as another type of content. */
function isOfHttp(error: unknown): error is Error & { readonly statusCode: number } {
  if (error instanceof ChatError || !(error instanceof Error) || !('statusCode' in error)) return false;
  return typeof error.statusCode === 'number' && error.statusCode >= 400 && error.statusCode < 500;
}

function sendOk(reply: FastifyReply): FastifyReply {
  return reply.type('text/plain; charset=utf-8').send('ok');
}

function sendWord(reply: FastifyReply, { word, status, retryAfterMs }: SlackRefusal): void {
  if (retryAfterMs !== undefined) reply.header('retry-after', String(Math.max(1, Math.ceil(retryAfterMs / 1_000))));
  reply.code(status).type('text/plain; charset=utf-8').send(word);
}
