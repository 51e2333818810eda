import { afterEach, expect, it, vi } from 'vitest';
import { openTabChannel } from './broadcast-tabs.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

it('says nothing more once it is closed, and complains of nothing', () => {
  vi.stubGlobal('document', {});
  const channel = openTabChannel('kith-test');
  channel?.post({ from: 'a', type: 'probe' });
  channel?.close();
  expect(() => channel?.post({ from: 'a', type: 'probe' })).not.toThrow();
});
