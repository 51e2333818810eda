// Sends signed requests to addresses that others name: in the form of Standard Webhooks (HMAC-SHA256 over id, time and body).
// A name is resolved once and connected to as it was judged; redirects are not followed, of the answer no more than its head
// counts unless its body is wanted, and everything ends in time.
import { createHmac } from 'node:crypto';
import { type LookupAddress, lookup as resolve } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { Outbound, Outcome, Outgoing } from '../core/apps/outbound.js';
import type { Clock } from '../core/clock.js';
import type { EgressAddresses } from './egress-addresses.js';

const TIMEOUT_MS = 10_000;
/** Of an answer's body so much is let in; more is not looked at. */
const ANSWER_BYTES = 65_536;
const LONGEST_RETRY_S = 24 * 3_600;
const NOT_ALLOWED = 'nothing is sent to this address: see EGRESS_ALLOW';

export type WebhookSenderOptions = {
  readonly addresses: EgressAddresses;
  readonly clock: Clock;
  readonly timeoutMs?: number;
};

export class WebhookSender implements Outbound {
  readonly #options: WebhookSenderOptions;

  constructor(options: WebhookSenderOptions) {
    this.#options = options;
  }

  refusalOf(text: string): string | null {
    if (!URL.canParse(text)) return 'an absolute address is wanted';
    const { protocol, username, password, hostname } = new URL(text);
    if (protocol !== 'https:' && protocol !== 'http:') return 'http or https is wanted';
    if (username !== '' || password !== '') return 'no name and password stand in it';
    const address = hostname.replace(/^\[|\]$/g, '');
    return isIP(address) !== 0 && !this.#options.addresses.isAllowed(address) ? NOT_ALLOWED : null;
  }

  send(outgoing: Outgoing): Promise<Outcome> {
    const refusal = this.refusalOf(outgoing.url);
    if (refusal !== null) return Promise.resolve({ kind: 'failed', why: refusal });
    return new Promise((settle) => this.#request(outgoing, settle));
  }

  #request({ url, secret, id, body, wantsAnswer = false }: Outgoing, settle: (outcome: Outcome) => void): void {
    const timestamp = String(Math.floor(this.#options.clock.now() / 1_000));
    const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
    const send = url.startsWith('https:') ? requestHttps : requestHttp;
    const timeoutMs = this.#options.timeoutMs ?? TIMEOUT_MS;
    const request = send(url, {
      method: 'POST',
      agent: false,
      lookup: this.#lookup,
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'user-agent': 'Kith-Webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      },
    });
    request.on('error', (error) => settle({ kind: 'failed', why: reasonOf(error, timeoutMs) }));
    request.on('response', (answer) => {
      const { statusCode: status = 0 } = answer;
      const outcome = { kind: 'answered', status, retryAfterMs: retryAfterMs(answer.headers['retry-after']) } as const;
      if (!wantsAnswer) settle(outcome);
      const parts: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (part: Buffer) => {
        bytes += part.length;
        if (bytes > ANSWER_BYTES) request.destroy();
        else if (wantsAnswer) parts.push(part);
      });
      answer.on('end', () => settle({ ...outcome, body: Buffer.concat(parts).toString() }));
      // What was cut, or is too long, is no answer, but the request was taken.
      answer.on('error', () => settle(outcome));
      answer.on('close', () => settle(outcome));
    });
    request.end(body);
  }

  /** Every address of the name that nothing may be sent to is left out; what is left is what is connected to. */
  readonly #lookup: LookupFunction = (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      const all = (found ?? []) as readonly LookupAddress[];
      const allowed = all.filter(({ address }) => this.#options.addresses.isAllowed(address));
      const [first] = allowed;
      if (error !== null) callback(error, '', 0);
      else if (first === undefined) callback(new Error(NOT_ALLOWED), '', 0);
      else if (options.all) callback(null, [...allowed]);
      else callback(null, first.address, first.family);
    });
  };
}

function reasonOf(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError' || error.name === 'AbortError') return `no answer within ${timeoutMs / 1_000} s`;
  return 'code' in error && typeof error.code === 'string' ? `${error.code}` : error.message;
}

function retryAfterMs(header: string | undefined): number | null {
  const seconds = header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : null;
  return seconds === null ? null : Math.min(seconds, LONGEST_RETRY_S) * 1_000;
}
