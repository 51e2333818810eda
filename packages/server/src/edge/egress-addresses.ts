// Which addresses the server sends requests to where a stranger names them: those of the internet, and what EGRESS_ALLOW adds.
// Private, loopback and link-local networks, those that translate to such, and those for special use are refused, so that nobody
// reaches through the server what only the server can reach.
import { BlockList, isIP } from 'node:net';

const SPECIAL_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
];
/** Of the internet are addresses of 2000::/3, and of those not these: they hold others, or are for documents. */
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
const INTERNET_V6 = '2000::/3';

export class EgressAddresses {
  readonly #special = listOf([...SPECIAL_V4, ...SPECIAL_V6]);
  readonly #internet = listOf([INTERNET_V6]);
  readonly #allowed: BlockList;

  /** @param allowed addresses and networks beside the internet */
  constructor(allowed: readonly string[]) {
    this.#allowed = listOf(allowed);
  }

  isAllowed(address: string): boolean {
    const plain = unmapped(address);
    const family = isIP(plain);
    if (family === 0) return false;
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (this.#allowed.check(plain, type)) return true;
    return !this.#special.check(plain, type) && (family === 4 || this.#internet.check(plain, type));
  }
}

function listOf(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const type = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, type);
    else list.addSubnet(address, Number(prefix), type);
  }
  return list;
}

/** An IPv4 address that is written as one of IPv6 is that IPv4 address. */
function unmapped(address: string): string {
  const [, dotted] = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address) ?? [];
  if (dotted !== undefined) return dotted;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(address) ?? [];
  if (high === undefined || low === undefined) return address;
  const [one, two] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [one >> 8, one & 255, two >> 8, two & 255].join('.');
}
