// The access log: one line for each request, where ACCESS_LOG asks for it. Who, from where, what and how it ended; the route and
// not the path, no query, no header, no text.
import type { RequestName } from '@kith/protocol';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Principal } from '../core/principal.js';
import type { ClientAddresses } from './client-address.js';
import type { EdgeTelemetry } from './telemetry.js';
import { type Traced, tracedBy, traceOf } from './trace.js';

export type AccessLogParts = {
  readonly telemetry: Pick<EdgeTelemetry, 'info'>;
  readonly addresses: Pick<ClientAddresses, 'keyOf'>;
};

export type SocketRequest = {
  readonly work: Traced & { readonly name: RequestName; readonly address: string | null };
  readonly principal: Principal;
  /** `ok`, or the code with which it was refused. */
  readonly code: string;
  readonly ms: number;
};

export class AccessLog {
  readonly #parts: AccessLogParts;

  constructor(parts: AccessLogParts) {
    this.#parts = parts;
  }

  /** One over HTTP, whatever became of it; also of files, and of what no route takes. */
  overHttp(request: FastifyRequest, reply: FastifyReply): void {
    const { socket, headers, method, principal } = request;
    this.#parts.telemetry.info('access', {
      request: request.id,
      trace: traceOf(tracedBy(request)).id,
      address: this.#parts.addresses.keyOf(socket.remoteAddress, headers['x-forwarded-for']),
      user: principal?.user ?? null,
      session: principal?.session ?? null,
      method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
    });
  }

  /** A command of a stream. */
  overSocket({ work, principal, code, ms }: SocketRequest): void {
    this.#parts.telemetry.info('access', {
      request: work.requestId,
      trace: traceOf(work).id,
      address: work.address,
      user: principal.user,
      session: principal.session,
      method: 'SOCKET',
      route: work.name,
      status: code,
      ms: Math.round(ms),
    });
  }
}
