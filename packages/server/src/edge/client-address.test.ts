import { expect, test } from 'vitest';
import { ClientAddresses } from './client-address.js';

test.each([
  ['without a trusted proxy the header counts for nothing', [], '203.0.113.9', '198.51.100.1', '203.0.113.9'],
  ['a trusted proxy names its client', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1', '198.51.100.1'],
  [
    'the rightmost one that is no proxy counts',
    ['10.0.0.0/8'],
    '10.1.2.3',
    '1.1.1.1, 198.51.100.1, 10.9.9.9',
    '198.51.100.1',
  ],
  ['what is no address ends the search', ['10.0.0.0/8'], '10.1.2.3', '198.51.100.1, unknown, 10.9.9.9', '10.9.9.9'],
  ['a proxy that names none is the client', ['10.0.0.1'], '10.0.0.1', undefined, '10.0.0.1'],
  ['IPv4 inside IPv6 is IPv4', ['127.0.0.1'], '::ffff:127.0.0.1', '198.51.100.1', '198.51.100.1'],
  ['IPv6 counts by network', ['fd00::/8'], 'fd00::1', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
])('%s', (...[, proxies, peer, header, key]) => {
  expect(new ClientAddresses(proxies).keyOf(peer, header)).toBe(key);
});
