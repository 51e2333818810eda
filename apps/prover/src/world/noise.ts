// What may come over a connection that is open and is no frame, or not one of a client in order: a fault of an app, a proxy
// that meddles, or somebody who tries. A node answers it by its rules and lives.

const FRAMES: readonly unknown[] = [
  [],
  null,
  'text',
  {},
  { type: 7 },
  { type: 'command' },
  { type: 'command', id: -1, name: 'users.read', params: {} },
  { type: 'command', id: 9_000_001, name: 'users.read', params: [] },
  { type: 'command', id: 9_000_002, name: '__proto__', params: {} },
  { type: 'command', id: 9_000_003, name: 'users.read', ids: 'flat' },
  { type: 'command', id: 9_000_004, name: 'setting.set', params: { name: 'a', value: null, key: 5 } },
  { type: 'command', id: 9_000_005, name: 'users.read', params: { ids: Array.from({ length: 300 }, () => 'x') } },
  { type: 'signal' },
  { type: 'signal', name: 'nothing of ours' },
  { type: 'signal', name: 'marks', conversation: 'none', epoch: 1, read: 1 },
  { type: 'signal', name: 'marks', conversation: 'none', epoch: 1, read: 1, thread: 4 },
  { type: 'ping' },
  { type: 'auth' },
  { type: 'auth', token: 'nobody' },
  { type: 'hello', token: 'once more' },
  { type: 'of a later version', of: 'the contract' },
];

const TEXTS: readonly string[] = [
  ...FRAMES.map((frame) => JSON.stringify(frame)),
  '',
  '{"type":"ping"',
  '{"type":"ping","type":"pong"}',
  '{"type":"command","id":9000006,"name":"users.read","params":{"ids":[],"__proto__":{"a":1}}}',
  `{"type":"command","id":9000007,"name":"users.read","params":${'['.repeat(40)}${']'.repeat(40)}}`,
  '{"type":"command","id":1e400,"name":"users.read","params":{}}',
];

/** @param choice chooses one, by its remainder */
export function noise(choice: number): string {
  return TEXTS[choice % TEXTS.length] ?? '';
}
