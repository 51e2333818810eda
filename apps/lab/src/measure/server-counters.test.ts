import { describe, expect, it } from 'vitest';
import { joiningBetween, parseMetrics } from './server-counters.js';

const BEFORE = '# HELP append_entries append entries\nappend_entries 10\nappend_batches 2\nx{name="a"} 5\n';
const AFTER = 'append_entries 110\nappend_batches 12\nkith_frames_sent_total 40\nkith_writes_total 8\n';

describe('joiningBetween', () => {
  it('tells frames per write and entries per batch of the time between', () => {
    expect([...parseMetrics(BEFORE).keys()]).toEqual(['append_entries', 'append_batches']);
    const joining = joiningBetween(parseMetrics(BEFORE), parseMetrics(AFTER));
    expect(joining).toEqual({ framesPerWrite: 5, entriesPerBatch: 10 });
  });
});
