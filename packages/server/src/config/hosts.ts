// Which hosts strangers cannot reach: this machine's own, and those of private networks. By name and number alone; no name
// is looked up.
import { BlockList, isIP } from 'node:net';

const LOOPBACK = networks('127.0.0.0/8', '::1/128');
/** RFC 1918, RFC 4193 and link-local. */
const PRIVATE = networks('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', 'fc00::/7', 'fe80::/10');

/** @param host a name or an address, without a port */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === 'localhost' || name.endsWith('.localhost') || isIn(LOOPBACK, name);
}

/** Loopback, an address of a private network, or a name below `.local`. */
export function isPrivate(host: string): boolean {
  return isLoopback(host) || bare(host).endsWith('.local') || isIn(PRIVATE, bare(host));
}

/** URLs have IPv6 addresses in brackets; a name may end with the dot of the root. */
function bare(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function isIn(list: BlockList, address: string): boolean {
  const family = isIP(address);
  return family !== 0 && list.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function networks(...ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', prefix] = range.split('/');
    list.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return list;
}
