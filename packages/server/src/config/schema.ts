// Every variable of the configuration: one line each with its name, form, default and meaning. docs/configuration.md is
// made from this table, and a test fails where the two differ.
import { choice, decimal, integer, networks, origin, origins, secret, text, url, type Variable } from './variables.js';

const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;

export const VARIABLES = {
  port: integer('PORT', { about: 'TCP port to listen on; 0 takes any free one.', fallback: 8080, min: 0, max: 65_535 }),
  host: text('HOST', {
    about:
      'Address to listen on. Other than loopback, the first account needs the set-up code that the first start prints.',
    fallback: '127.0.0.1',
  }),
  dataDir: text('DATA_DIR', {
    about: 'Directory of the embedded database and of what the server keeps.',
    fallback: './data',
  }),
  publicUrl: origin('PUBLIC_URL', {
    about:
      'Where people reach the server. With https, browsers are told to use nothing else; http is taken for this machine ' +
      'and private networks alone.',
  }),
  tlsCert: text('TLS_CERT', {
    about:
      'File (PEM) of the certificate and those between it and its root. With it, and TLS_KEY, the server speaks https ' +
      'alone; SIGHUP reads both again.',
    fallback: null,
  }),
  tlsKey: text('TLS_KEY', { about: 'File (PEM, without a passphrase) of the key of TLS_CERT.', fallback: null }),
  allowedOrigins: origins('ALLOWED_ORIGINS', { about: 'Origins of other pages that may use the server.' }),
  embedOrigins: origins('EMBED_ORIGINS', {
    about:
      'Origins of the sites that may show the chat in their pages by `/embed.js` (docs/embed.md). Absent: none, and ' +
      'neither that script nor its page is there.',
  }),
  trustedProxies: networks('TRUSTED_PROXIES', { about: 'Proxies whose X-Forwarded-For is believed.' }),
  signUp: choice('SIGN_UP', {
    about: 'Who may sign up; `invite` takes the code of an invitation (I8 of the contract).',
    fallback: 'open',
    of: ['open', 'invite', 'closed'],
  }),
  editWindowMinutes: integer('EDIT_WINDOW_MINUTES', {
    about: 'Minutes after which a message can’t be edited any more; 0 for no end. Deleting has none.',
    fallback: 2_880,
    min: 0,
    max: 5_256_000,
  }),
  retentionDays: integer('RETENTION_DAYS', {
    about:
      'Days for which messages are kept in workspaces that have not set how long themselves (RT1 of the contract); 0 for ever.',
    fallback: 0,
    min: 0,
    max: 36_500,
  }),
  auditRetentionDays: integer('AUDIT_RETENTION_DAYS', {
    about: 'Days for which records of the audit trail are kept (AU5 of the contract); 0 for ever.',
    fallback: 0,
    min: 0,
    max: 36_500,
  }),
  accessLog: choice('ACCESS_LOG', {
    about: 'Whether each request is a line in the log: who, from where, the route, how it ended. No query, no text.',
    fallback: 'off',
    of: ['off', 'on'],
  }),
  databaseUrl: url('DATABASE_URL', {
    about: 'A PostgreSQL server, 15 or later. Absent: the embedded one in DATA_DIR.',
    schemes: ['postgres', 'postgresql'],
    isSecret: true,
  }),
  redisUrl: url('REDIS_URL', {
    about:
      'A Redis server, 7 or later, over which several nodes on one DATABASE_URL tell each other at once what happens ' +
      '(docs/operate.md). Absent: a node hears of what others did within two seconds.',
    schemes: ['redis', 'rediss'],
    isSecret: true,
  }),
  searchUrl: url('SEARCH_URL', {
    about:
      'A Groonga server, as `http://127.0.0.1:10041`, that messages are searched in. Absent: they are in the database. ' +
      'A new one is filled from the log by itself.',
    schemes: ['http', 'https'],
    isSecret: true,
  }),
  diskWarnPercent: decimal('DISK_WARN_PERCENT', {
    about: 'Percent of the disk of DATA_DIR below which /readyz warns that there is little room; 0 for never.',
    fallback: 10,
    min: 0,
    max: 90,
  }),
  diskRefusePercent: decimal('DISK_REFUSE_PERCENT', {
    about: 'Percent of that disk below which writes are refused, and reads go on; 0 for never.',
    fallback: 2,
    min: 0,
    max: 50,
  }),
  slowQueryMs: integer('SLOW_QUERY_MS', {
    about: 'Milliseconds from which on a statement in the database is slow: it is logged and counted. 0 for none.',
    fallback: 500,
    min: 0,
    max: 60_000,
  }),
  otlpEndpoint: url('OTEL_EXPORTER_OTLP_ENDPOINT', {
    about: 'Where requests are told as spans by OTLP over HTTP, as `http://collector:4318`. Absent: nowhere.',
    schemes: ['http', 'https'],
    isSecret: false,
  }),
  otlpHeaders: secret('OTEL_EXPORTER_OTLP_HEADERS', {
    about: 'Headers for that, as `authorization=Bearer%20…`, several with commas.',
  }),
  nodeId: text('NODE_ID', {
    about: 'This node’s name among several, and in the log. Absent: made at the start.',
    fallback: null,
  }),
  logLevel: choice('LOG_LEVEL', {
    about: 'Least important lines that are logged. No level logs texts or tokens.',
    fallback: 'info',
    of: ['debug', 'info', 'warn', 'error', 'silent'],
  }),
  metricsToken: secret('METRICS_TOKEN', {
    about: 'Bearer token for /metrics from other machines. Absent: loopback alone.',
  }),
  webDir: text('WEB_DIR', {
    about: 'Directory of the web page’s files. Absent: the page that comes with the server.',
    fallback: null,
  }),
  connectionsPerAddress: integer('CONNECTIONS_PER_ADDRESS', {
    about: 'Most WebSockets and streams over HTTP of one address; above it clients are told to wait.',
    fallback: 500,
    min: 1,
    max: 1_000_000,
  }),
  maxConnections: integer('MAX_CONNECTIONS', {
    about: 'Most TCP connections of the server; more are closed unread.',
    fallback: 100_000,
    min: 1,
    max: 1_000_000,
  }),
  maxHandshakes: integer('MAX_HANDSHAKES', {
    about: 'Most connections whose stream has not opened yet; more are told to wait.',
    fallback: 1_000,
    min: 1,
    max: 1_000_000,
  }),
  outboxBytes: integer('OUTBOX_BYTES', {
    about: 'Bytes that may wait for one slow reader. At half of it entries give way to gaps.',
    fallback: 1_048_576,
    min: 262_144,
    max: GIB,
  }),
  heartbeatMs: integer('HEARTBEAT_MS', {
    about: 'Milliseconds from one ping of a connection to the next.',
    fallback: 30_000,
    min: 50,
    max: DAY_MS,
  }),
  helloMs: integer('HELLO_MS', {
    about: 'Milliseconds within which a WebSocket must say who it is and, where many do at once, its turn must come.',
    fallback: 10_000,
    min: 50,
    max: DAY_MS,
  }),
  headersTimeoutMs: integer('HEADERS_TIMEOUT_MS', {
    about: 'Milliseconds within which the head of a request must have come.',
    fallback: 10_000,
    min: 100,
    max: DAY_MS,
  }),
  requestTimeoutMs: integer('REQUEST_TIMEOUT_MS', {
    about: 'Milliseconds within which a whole request must have come.',
    fallback: 30_000,
    min: 100,
    max: DAY_MS,
  }),
  drainMs: integer('DRAIN_MS', {
    about: 'Milliseconds that ending may take: connections are told, what is pending is answered.',
    fallback: 10_000,
    min: 0,
    max: DAY_MS,
  }),
  drainSpreadMs: integer('DRAIN_SPREAD_MS', {
    about: 'Milliseconds over which the clients of an ending node are told to come back.',
    fallback: 5_000,
    min: 0,
    max: DAY_MS,
  }),
  egressAllow: networks('EGRESS_ALLOW', {
    about: 'Private addresses that webhooks may be delivered to, beside those of the internet.',
  }),
  rateFactor: decimal('RATE_FACTOR', {
    about: 'Multiplies the sizes of all rate limits.',
    fallback: 1,
    min: 0.001,
    max: 1_000_000,
  }),
} as const satisfies { readonly [field: string]: Variable<never> | Variable<unknown> };

type Table = typeof VARIABLES;
export type ConfigField = keyof Table;

/** The whole configuration, typed; every field is there. */
export type Config = { readonly [F in ConfigField]: Table[F] extends Variable<infer T> ? T : never };

export const CONFIG_FIELDS = Object.keys(VARIABLES) as readonly ConfigField[];
