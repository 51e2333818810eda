import { describe, expect, test } from 'vitest';
import { EgressAddresses } from './egress-addresses.js';

describe('[A12] addresses that requests go out to', () => {
  const addresses = new EgressAddresses(['10.1.0.0/16', '127.0.0.1', 'fd00::/8']);

  test.each(['8.8.8.8', '93.184.216.34', '2606:2800:220:1::1', '::ffff:8.8.8.8', '172.32.0.1', '100.128.0.1'])(
    '%s is of the internet',
    (address) => {
      expect(addresses.isAllowed(address)).toBe(true);
      expect(new EgressAddresses([]).isAllowed(address)).toBe(true);
    },
  );

  test.each([
    ...[
      '127.0.0.2',
      '10.2.0.1',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.0.1',
      '169.254.169.254',
      '0.0.0.0',
      '100.64.0.1',
    ],
    ...['224.0.0.1', '255.255.255.255', '198.18.0.1', '::1', '::', '::ffff:192.168.0.1', '::ffff:c0a8:1', 'fe80::1'],
    ...[
      'fec0::1',
      'fc00::1',
      'ff02::1',
      '64:ff9b::a00:1',
      '64:ff9b:1::1',
      '2002:a00:1::',
      '2001::1',
      '2001:db8::1',
      '100::1',
    ],
    ...['', 'x', 'localhost', '1.2.3', '1.2.3.4/32'],
  ])('%s is not', (address) => {
    expect(addresses.isAllowed(address)).toBe(false);
  });

  test.each(['10.1.2.3', '127.0.0.1', '::ffff:127.0.0.1', 'fd12::1'])('%s is allowed by name', (address) => {
    expect(addresses.isAllowed(address)).toBe(true);
    expect(new EgressAddresses([]).isAllowed(address)).toBe(false);
  });
});
