import { describe, expect, it } from 'vitest';
import { joiningBetween, parseMetrics } from './server-counters.js';

const BEFORE =
  '# HELP kith_append_entries_total entries\nkith_append_entries_total 10\nkith_append_batches_total 2\nx{name="a"} 5\n';
const AFTER =
  'kith_append_entries_total 110\nkith_append_batches_total 12\nkith_frames_sent_total 40\nkith_writes_total 8\n';

describe('joiningBetween', () => {
  it('tells frames per write and entries per batch of the time between', () => {
    expect([...parseMetrics(BEFORE).keys()]).toEqual(['kith_append_entries_total', 'kith_append_batches_total']);
    const joining = joiningBetween(parseMetrics(BEFORE), parseMetrics(AFTER));
    expect(joining).toEqual({ framesPerWrite: 5, entriesPerBatch: 10 });
  });
});
