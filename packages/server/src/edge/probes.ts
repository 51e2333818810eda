// What machines ask about the node: whether it lives, whether it takes work, and its numbers. The numbers are for the same
// machine, or for who has METRICS_TOKEN; behind a proxy on the same machine only the token counts.
import { createHash, timingSafeEqual } from 'node:crypto';
import { ChatError } from '@kith/protocol';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Readiness } from './ports.js';
import type { EdgeTelemetry } from './telemetry.js';

export type ProbeParts = {
  readonly telemetry: EdgeTelemetry;
  readonly metricsToken: string | null;
  readonly isReady: () => Readiness;
};

export function addProbes(app: FastifyInstance, { telemetry, metricsToken, isReady }: ProbeParts): void {
  app.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
  app.get('/readyz', async (_request, reply) => {
    const readiness = isReady();
    return reply
      .code(readiness.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(readiness);
  });
  app.get('/metrics', async (request, reply) => {
    if (!isFromHere(request) && !hasToken(request, metricsToken)) {
      throw new ChatError('forbidden', 'metrics are for this machine alone, or for who has METRICS_TOKEN');
    }
    const { text, contentType } = await telemetry.metrics();
    return reply.header('cache-control', 'no-store').type(contentType).send(text);
  });
}

function isFromHere({ socket, headers }: FastifyRequest): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  const address = socket.remoteAddress ?? '';
  return !isForwarded && (address === '::1' || /^(::ffff:)?127\./.test(address));
}

function hasToken({ headers }: FastifyRequest, token: string | null): boolean {
  const [, given] = /^Bearer +(.+)$/i.exec(headers.authorization ?? '') ?? [];
  return token !== null && given !== undefined && timingSafeEqual(digest(given), digest(token));
}

/** Of one length, as the comparison wants it. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
