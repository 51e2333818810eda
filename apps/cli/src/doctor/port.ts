// Whether the server's address can be listened on, and who holds it where it cannot: a Kith that runs is well, anything else
// stands in the way.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { createServer } from 'node:net';
import { type Check, fail, ok } from './finding.js';

const ANSWER_MS = 2_000;
/** A process, or all of /proc, is looked through for a socket; this many suffice on any machine that runs a chat. */
const MOST_PROCESSES = 10_000;

export const checkPort: Check = async ({ host, port, tlsCert }) => {
  if (port === 0) return [ok('port', 'any free port is taken (PORT is 0)')];
  const refused = await tryToListen(host, port);
  if (refused === null) return [ok('port', `${host}:${port} is free`)];
  if (refused === 'EADDRINUSE') {
    const holder = await holderOf(port);
    // Over TLS it is known by its program alone: its certificate may be for a name that leads elsewhere.
    if (tlsCert === null ? await answersAsKith(host, port) : holder?.isKith === true) {
      return [ok('port', `a Kith server answers on ${host}:${port}`)];
    }
    const found = `${host}:${port} is held by ${holder?.name ?? 'another program'}`;
    return [fail('port', found, 'stop that, or set PORT to a free one')];
  }
  if (refused === 'EACCES') {
    const advice = 'take a port above 1023 and a proxy before it, or allow it: setcap cap_net_bind_service=+ep on node';
    return [fail('port', `${host}:${port} may not be listened on by this user`, advice)];
  }
  return [fail('port', `${host}:${port} cannot be listened on (${refused})`, 'set HOST to an address of this machine')];
};

/** Null where it can be done, else the system's code. */
function tryToListen(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)));
  });
}

async function answersAsKith(host: string, port: number): Promise<boolean> {
  const name = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host;
  try {
    const answer = await fetch(`http://${name}:${port}/readyz`, { signal: AbortSignal.timeout(ANSWER_MS) });
    const body: unknown = await answer.json();
    return typeof body === 'object' && body !== null && 'ready' in body;
  } catch {
    return false;
  }
}

type Holder = { readonly name: string; readonly isKith: boolean };

/** The program that listens there, as Linux shows it; null where it is not to be seen. */
async function holderOf(port: number): Promise<Holder | null> {
  const inode = await socketOn(port);
  if (inode === null) return null;
  const wanted = `socket:[${inode}]`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).slice(0, MOST_PROCESSES);
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (link === wanted) return await describe(pid);
    }
  }
  return null;
}

async function describe(pid: string): Promise<Holder> {
  const [name, line] = await Promise.all(
    ['comm', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
  );
  return {
    name: `${name?.trim() || 'a program'} (process ${pid})`,
    isKith: /kith|server\/dist\/main\.js/.test(line ?? ''),
  };
}

const LISTENING = '0A';

async function socketOn(port: number): Promise<string | null> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '');
    for (const line of text.split('\n').slice(1)) {
      const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
      if (local.endsWith(`:${wanted}`) && state === LISTENING) return inode ?? null;
    }
  }
  return null;
}
