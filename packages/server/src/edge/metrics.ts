// Every metric of our own: its kind, its labels, and what it says. docs/metrics.md is made from this table, and tests hold the
// sources, the alert rules and the dashboard to it. What the process itself has (`process_…`, `nodejs_…`) is prom-client's.

export type MetricKind = 'counter' | 'gauge' | 'histogram';

export type Metric = {
  readonly kind: MetricKind;
  readonly help: string;
  readonly labels?: readonly string[];
};

const counter = (help: string, ...labels: readonly string[]): Metric => ({ kind: 'counter', help, labels });
const gauge = (help: string): Metric => ({ kind: 'gauge', help });
const histogram = (help: string, ...labels: readonly string[]): Metric => ({ kind: 'histogram', help, labels });

/** What they belong to, in the order of the page. */
export const METRIC_GROUPS = {
  Connections: {
    kith_connections: gauge('Streams that are open: what a node carries, and what it is scaled by'),
    kith_connections_websocket: gauge('Of them, WebSockets'),
    kith_connections_events: gauge('Of them, server-sent events'),
    kith_connections_poll: gauge('Of them, polls that wait'),
    kith_handshakes: gauge('Connections that have not said who they are yet; bounded by MAX_HANDSHAKES'),
    kith_tickets: gauge('Tickets for streams over HTTP that may be used, or used again'),
    kith_bytes_per_connection: gauge('Heap and buffers of the process divided by its connections'),
  },
  Requests: {
    kith_requests_total: counter(
      'Commands and operations that were answered; the code is ok or that of docs/errors.md',
      'name',
      'code',
    ),
    kith_request_seconds: histogram('From a command or operation to its answer', 'name'),
    kith_overload_refusals_total: counter('Messages that were refused at once, as answers came late and many waited'),
  },
  Delivery: {
    kith_frames_sent_total: counter('Frames that were sent'),
    kith_writes_total: counter('Writes to sockets; frames by writes says how well frames are joined'),
    kith_bytes_sent_total: counter('Bytes that were sent over streams'),
    kith_gaps_total: counter('Gaps that slow readers were given in place of entries, which they read later'),
    kith_entries_dropped_total: counter('Entries that gave way to gaps'),
    kith_signals_dropped_total: counter('Signals that slow readers were spared'),
    kith_slow_closes_total: counter('Connections that were given up as too slow'),
    kith_queues_looked_through_total: counter('Queues of slow readers that were looked through for what is urgent'),
    kith_frames_overtook_total: counter('Frames that went before others by that'),
    kith_bus_connected: gauge('1 where the node has a connection to REDIS_URL, else 0; absent without it'),
    kith_bus_channels: gauge('Channels of the bus that the node listens to'),
    kith_bus_published_total: counter('Messages that the bus took for other nodes'),
    kith_bus_received_total: counter('Messages of other nodes that came over the bus'),
    kith_bus_lost_total: counter(
      'Messages that the bus did not take; other nodes read it from the log within two seconds',
    ),
    kith_feed_repairs_total: counter('Holes in what a node had heard that were read from the log, or tries to'),
  },
  'The log in the database': {
    kith_append_batches_total: counter('Statements that appended to logs'),
    kith_append_entries_total: counter('Entries that they wrote'),
    kith_append_seconds: histogram('Their time in the database'),
    kith_append_waiting: gauge('Writes that wait for the database now'),
    kith_append_key_known_total: counter('Batches that met a key that was known; they went again'),
    kith_append_number_taken_total: counter('Batches that met a number of another node; they went again'),
    kith_append_refused_total: counter('Batches that the database refused'),
    kith_append_disk_full_total: counter('Batches that the database had no room for'),
    kith_append_unknown_total: counter(
      'Batches of which nobody knows whether they were written; looked up, and sent again',
    ),
    kith_append_failed_turns_total: counter('Connections to the database that were given up'),
    kith_append_timeouts_total: counter('Writes that were answered unavailable after they had waited'),
    kith_append_overflows_total: counter('Writes that were answered unavailable because too many waited'),
    kith_slow_queries_total: counter(
      'Statements in the database that took SLOW_QUERY_MS or longer, by their names, of which there are at most 300',
      'statement',
    ),
    kith_disk_free_ratio: gauge('The free part of the disk that the embedded database is on, from 0 to 1'),
    kith_disk_writes_refused: gauge('1 while writes are refused for want of room on that disk'),
  },
  Search: {
    kith_search_indexed_total: counter('Messages that went into the index of the search, edits and repetitions too'),
    kith_search_conversations_behind: gauge('Conversations of which the index is known to lack something'),
    kith_search_catching_up: gauge('1 while a new index is being filled, or one that was put back'),
  },
  'Webhooks and bots': {
    kith_hooks_queued_total: counter('Deliveries of outgoing webhooks that were queued'),
    kith_hooks_delivered_total: counter('Deliveries that their receivers took'),
    kith_hooks_failed_total: counter('Deliveries that were tried in vain'),
    kith_hooks_conversations_behind: gauge('Conversations whose entries are not queued for webhooks yet'),
    kith_hooks_catching_up: gauge('Always 0: webhooks begin with the present'),
    kith_invocations_given_up_total: counter(
      'What was asked of a bot by a slash command and reached it by no way in half an hour',
    ),
  },
  'What goes on beside': {
    kith_messages_disappeared_total: counter('Messages that were erased as their time had come'),
    kith_messages_disappeared_late_seconds: histogram('How long after it'),
    kith_retention_entries_total: counter('Entries that were taken out of logs whose time to be kept was over'),
    kith_scheduled_done_total: counter(
      'Messages that were sent, and people reminded, at the time that they had asked for',
    ),
    kith_scheduled_refused_total: counter('Scheduled messages that their authors may not send any more'),
    kith_spans_sent_total: counter('Spans that the collector of OTEL_EXPORTER_OTLP_ENDPOINT took'),
    kith_spans_dropped_total: counter('Spans that found no room in the queue, or no collector'),
    kith_marks_written_total: counter('Marks of reading that were written'),
    kith_marks_dropped_total: counter('Marks that went over a bound'),
    kith_typing_dropped_total: counter('Signals of typing that went over a bound'),
  },
} as const satisfies { readonly [group: string]: { readonly [name: string]: Metric } };

export const METRICS: ReadonlyMap<string, Metric> = new Map(
  Object.values(METRIC_GROUPS).flatMap((group) => Object.entries<Metric>(group)),
);
