// Binds the ports to what is there: browsers, Node (20 has no WebSocket, so one is given) and React Native, which gives its
// own storage and news of the device. Whatever is given comes first; the rest is taken from the globals.

import type { Platform, SocketLike } from '../ports.js';
import { browserDevice, type DeviceGlobals } from './browser-device.js';
import { systemClock } from './clock.js';
import { type Locks, lockedExclusive, queuedExclusive } from './exclusive.js';
import { type Fetch, fetchHttp } from './fetch-http.js';
import { localKeyValues, memoryKeyValues } from './key-values.js';

export type SocketClass = new (url: string, subprotocol: string) => unknown;

/** What is taken instead of the globals: any part of the platform, or just a WebSocket or a `fetch`. */
export type PlatformOverrides = Partial<Platform> & {
  /** A WebSocket as browsers have it, such as that of the package `ws`. */
  readonly WebSocket?: SocketClass;
  readonly fetch?: Fetch;
};

/** What may be there. */
type Globals = {
  readonly WebSocket?: SocketClass;
  readonly fetch?: Fetch;
  readonly crypto?: Pick<Crypto, 'getRandomValues'>;
  readonly localStorage?: Storage;
  readonly navigator?: DeviceGlobals['navigator'] & { readonly locks?: Locks };
  readonly document?: DeviceGlobals['document'];
};

/** @throws Error where something that is needed is neither there nor given */
export function choosePlatform({ WebSocket, fetch, ...given }: PlatformOverrides = {}): Platform {
  const globals = globalThis as unknown as Globals;
  const { navigator, document } = globals;
  const Socket = WebSocket ?? globals.WebSocket;
  return {
    clock: systemClock,
    random: given.random ?? { fraction: () => Math.random(), bytes: randomBytes(globals) },
    openSocket: (url, subprotocol) => {
      if (!Socket) throw new Error('no WebSocket: give one');
      return new Socket(url, subprotocol) as SocketLike;
    },
    http: given.http ?? fetchHttp(fetch ?? ((url, init) => globalThis.fetch(url, init))),
    device: browserDevice(globals as DeviceGlobals),
    // Node has a localStorage too, which only complains.
    keyValues: document ? localKeyValues(() => globalThis.localStorage) : memoryKeyValues(),
    exclusive: navigator?.locks ? lockedExclusive(navigator.locks) : queuedExclusive(),
    ...given,
  };
}

function randomBytes({ crypto }: Globals): Platform['random']['bytes'] {
  if (!crypto?.getRandomValues) throw new Error('no random bytes: give `random`');
  return (size) => crypto.getRandomValues(new Uint8Array(size));
}
