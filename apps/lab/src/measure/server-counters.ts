// What Kith counts about itself, from its /metrics: how many frames went out in one write, how many entries in one batch.
// It explains the figures and is no part of them.

export type Joining = { readonly framesPerWrite: number; readonly entriesPerBatch: number };

export type ServerCounters = ReadonlyMap<string, number>;

/** @throws Error where the server does not answer */
export async function readServerCounters(port: number): Promise<ServerCounters> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (!response.ok) throw new Error(`/metrics answered ${response.status}`);
  return parseMetrics(await response.text());
}

/** Metrics without labels, of the text format of Prometheus. */
export function parseMetrics(text: string): ServerCounters {
  const found = [...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)] as const);
  return new Map(found);
}

/** NaN for what did not happen between the two. */
export function joiningBetween(before: ServerCounters, after: ServerCounters): Joining {
  const grown = (name: string) => (after.get(name) ?? 0) - (before.get(name) ?? 0);
  return {
    framesPerWrite: grown('kith_frames_sent_total') / grown('kith_writes_total'),
    entriesPerBatch: grown('kith_append_entries_total') / grown('kith_append_batches_total'),
  };
}
