// The page about metrics, made from the table: docs/metrics.md is exactly this.
import { METRIC_GROUPS, type Metric } from './metrics.js';

const OPENING = `# Metrics

\`GET /metrics\` gives them in the text format of Prometheus, to this machine, or to whoever has \`METRICS_TOKEN\` as a bearer token. What
they are good for, alerts, a dashboard and targets stand in [operate.md](operate.md). Counters begin with 0 when a process does, and
appear with their first event; a histogram has \`_bucket\`, \`_sum\` and \`_count\`, in seconds. No metric tells of a person or a
conversation.

This page is made from \`packages/server/src/edge/metrics.ts\`; a test keeps the two the same
(\`npx vitest run packages/server/src/edge/metrics.test.ts -u\` writes it anew).
`;

const CLOSING = `
## The process

From prom-client: \`process_cpu_seconds_total\`, \`process_resident_memory_bytes\`, \`process_open_fds\`, \`nodejs_eventloop_lag_p99_seconds\`,
\`nodejs_heap_size_used_bytes\`, \`nodejs_gc_duration_seconds\`, and the rest of its defaults.
`;

export function metricsPage(): string {
  const groups = Object.entries<{ readonly [name: string]: Metric }>(METRIC_GROUPS);
  const sections = groups.map(([group, metrics]) => {
    const rows = Object.entries(metrics).map(([name, { kind, help, labels = [] }]) => {
      const by = labels.map((label) => `\`${label}\``).join(', ');
      return `| \`${name}\` | ${kind}${by === '' ? '' : ` by ${by}`} | ${help} |\n`;
    });
    return `\n## ${group}\n\n| metric | kind | what it says |\n| --- | --- | --- |\n${rows.join('')}`;
  });
  return `${OPENING}${sections.join('')}${CLOSING}`;
}
