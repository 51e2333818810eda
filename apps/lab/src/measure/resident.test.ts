import { describe, expect, it } from 'vitest';
import { parsePss } from './resident.js';

describe('parsePss', () => {
  it('reads the proportional set size, and not its parts', () => {
    const text = 'Rss:               80000 kB\nPss:               61234 kB\nPss_Dirty:         1 kB\n';
    expect(parsePss(text)).toBe(61_234 * 1_024);
  });

  it('refuses anything else', () => {
    expect(() => parsePss('Rss: 1 kB')).toThrow('smaps_rollup');
  });
});
