// TLS where the server does it itself: the certificate and its key, read from files at the start and again when it is told
// to, and the https server on them. Nothing below TLS 1.2 is spoken. What cannot be read, or does not fit together, is
// never taken over: a certificate that serves goes on serving, and connections that live are not touched.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../core/clock.js';
import type { Telemetry } from '../core/telemetry.js';

export type TlsParts = {
  /** Paths of PEM files. */
  readonly files: { readonly certificate: string; readonly key: string };
  readonly telemetry: Telemetry;
  readonly clock: Clock;
};

/** What a server takes; TLS 1.3 is offered to whoever speaks it. */
type Context = { readonly cert: string; readonly key: string; readonly minVersion: 'TLSv1.2' };

export class Tls {
  readonly #parts: TlsParts;
  readonly #context: Context;
  #server: Server | null = null;
  /** TCP connections, as many as the server takes: those that are shaking hands still are known to nobody else. */
  readonly #sockets = new Set<Socket>();
  #isEnding = false;

  /** @throws Error that says which file is wrong, and how */
  constructor(parts: TlsParts) {
    this.#parts = parts;
    this.#context = this.#read();
  }

  /** To be called once. A handshake has as long as the head of a request. */
  createServer(options: ServerOptions & { readonly headersTimeout: number }): Server {
    const handshakeTimeout = options.headersTimeout;
    const server = createServer({ ...options, ...this.#context, handshakeTimeout, noDelay: true });
    server.on('connection', (socket: Socket) => this.#opened(socket));
    // Before the library would answer in HTTP who has not even shaken hands.
    server.prependListener('tlsClientError', (_error, socket) => socket.destroy());
    this.#server = server;
    return server;
  }

  /** Reads the files again, for the connections to come. Never throws: where they are no good, the log says so. */
  renew(): void {
    try {
      this.#server?.setSecureContext(this.#read());
    } catch (error) {
      this.#parts.telemetry.error('the certificate stays as it was', error);
    }
  }

  /** Ends what connections there are, and whichever come. */
  end(): void {
    this.#isEnding = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #opened(socket: Socket): void {
    if (this.#isEnding) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #read(): Context {
    const { files, telemetry, clock } = this.#parts;
    const [cert, key] = [textOf('TLS_CERT', files.certificate), textOf('TLS_KEY', files.key)];
    const context = { cert, key, minVersion: 'TLSv1.2' } as const;
    const certificate = requireUsable(context);
    const validUntil = certificate.validTo;
    if (Date.parse(validUntil) > clock.now()) telemetry.info('the certificate was read', { validUntil });
    else telemetry.warn('the certificate has expired: clients will refuse it', { validUntil });
    return context;
  }
}

function textOf(name: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

/** @throws Error in words for who put the files there; what is in them is not told */
function requireUsable(context: Context): X509Certificate {
  const certificate = parsed('TLS_CERT holds no certificate in PEM', () => new X509Certificate(context.cert));
  const wanted = 'TLS_KEY holds no private key in PEM, or one with a passphrase, which nobody could give at a start';
  const key = parsed(wanted, () => createPrivateKey(context.key));
  if (!certificate.checkPrivateKey(key)) {
    throw new Error('TLS_KEY is not the key of the first certificate in TLS_CERT: the two files must be of one pair');
  }
  parsed('TLS_CERT and TLS_KEY cannot be used for TLS', () => createSecureContext(context));
  return certificate;
}

function parsed<T>(complaint: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${complaint} (${error instanceof Error ? error.message : String(error)})`, { cause: error });
  }
}
