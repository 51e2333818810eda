// What the edge is told: a part of the server's configuration, whose schema (units, defaults, meanings) is in config/.

export type EdgeConfig = {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
  /** Where people reach the server, without a path; null where that is its own address. */
  readonly publicUrl: string | null;
  /** Origins of other pages that may use the server: `https://app.example`. */
  readonly allowedOrigins: readonly string[];
  /** Origins of the sites that may show the chat in their pages; none for nobody. */
  readonly embedOrigins: readonly string[];
  /** Addresses and networks whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  /** Whether each request is a line in the log. */
  readonly accessLog: 'off' | 'on';
  readonly metricsToken: string | null;
  /** Directory of the web page's files; null for none. */
  readonly webDir: string | null;
  /** Directory of the document site, which is served below `/docs`; null for none: then the API's page is there alone. */
  readonly docsDir: string | null;
  /** Most WebSockets of one address. */
  readonly connectionsPerAddress: number;
  /** Most TCP connections of the server. */
  readonly maxConnections: number;
  /** Most WebSockets that have not been greeted yet. */
  readonly maxHandshakes: number;
  /** Bytes that may wait for one client. */
  readonly outboxBytes: number;
  readonly heartbeatMs: number;
  readonly helloMs: number;
  /** Within which a request's head, and within which all of it, must have come. */
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Longest that a drain takes. */
  readonly drainMs: number;
  /** `bye.afterMs` of a drain is spread over this. */
  readonly drainSpreadMs: number;
  /** Multiplies what one connection may send in a second. */
  readonly rateFactor: number;
};
