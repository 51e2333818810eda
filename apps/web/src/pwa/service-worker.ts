// Keeps the page itself on the device, so that it opens without a network: what belongs to one build comes and goes together.
// Requests of the API are none of its business. A new build waits until the page says that it may take over.
type Extendable = Event & { waitUntil(work: Promise<unknown>): void };
type Fetched = Extendable & { readonly request: Request; respondWith(answer: Promise<Response>): void };
type Scope = {
  readonly location: Location;
  readonly clients: { claim(): Promise<void> };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Extendable) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetched) => void): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
};

/** Put here by the build. */
const { name: build, paths } = '__PRECACHED__' as unknown as {
  readonly name: string;
  readonly paths: readonly string[];
};
const PREFIX = 'kith-';
const CACHE = `${PREFIX}${build}`;
const PAGES: ReadonlySet<string> = new Set(['/', '/join']);
/** Kept once they were asked for. */
const LATER = '/emoji/';

const scope = globalThis as unknown as Scope;
const kept: ReadonlySet<string> = new Set(paths);

scope.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([...kept])));
});

scope.addEventListener('activate', (event) => {
  event.waitUntil(forgetOthers().then(() => scope.clients.claim()));
});

scope.addEventListener('message', ({ data }) => {
  if (data === 'take over') void scope.skipWaiting();
});

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== 'GET' || origin !== scope.location.origin) return;
  if (request.mode === 'navigate') {
    if (PAGES.has(pathname)) event.respondWith(held('/', request));
  } else if (kept.has(pathname)) {
    event.respondWith(held(pathname, request));
  } else if (pathname.startsWith(LATER)) {
    event.respondWith(heldFromNowOn(request));
  }
});

async function held(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? (await fetch(request));
}

async function heldFromNowOn(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const known = await cache.match(request.url);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request.url, answer.clone());
  return answer;
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((one) => one.startsWith(PREFIX) && one !== CACHE).map((one) => caches.delete(one)));
}
