import { expect, test } from 'vitest';
import { isLoopback } from './hosts.js';
import { ConfigError, loadConfig } from './load.js';
import { mistakesIn } from './rules.js';

type Environment = { readonly [name: string]: string };

function load(environment: Environment) {
  return loadConfig({ environment, readFile: () => null });
}

function problemsOf(environment: Environment): readonly string[] {
  try {
    load(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

const TLS = { TLS_CERT: 'cert.pem', TLS_KEY: 'key.pem' };

test.each([
  ['TLS_CERT', 'TLS_KEY'],
  ['TLS_KEY', 'TLS_CERT'],
])('%s without %s stops the start', (given, missing) => {
  const said = `${given} is given and ${missing} is not: give both, or neither where a proxy does TLS`;
  expect(problemsOf({ [given]: 'file.pem' })).toEqual([said]);
  expect(problemsOf({ ...TLS })).toEqual([]);
});

test.each([
  'http://chat.example',
  'http://chat.example:8080',
  'http://203.0.113.7',
  'http://[2001:db8::1]:8080',
  'http://172.32.0.1',
  'http://11.0.0.1',
  'http://localhost.example',
  'http://local',
  'http://10.0.0.1.example',
])('PUBLIC_URL=%s stops the start: strangers could read along', (url) => {
  expect(problemsOf({ PUBLIC_URL: url })).toEqual([expect.stringMatching(/^PUBLIC_URL: http:.*https:\/\/ is right/)]);
  expect(problemsOf({ PUBLIC_URL: url.replace('http:', 'https:') })).toEqual([]);
});

test.each([
  'http://localhost:8080',
  'http://LOCALHOST.',
  'http://chat.localhost',
  'http://127.0.0.1:8080',
  'http://127.9.9.9',
  'http://[::1]:8080',
  'http://10.1.2.3',
  'http://172.16.0.1',
  'http://172.31.255.255',
  'http://192.168.178.20:8080',
  'http://169.254.1.1',
  'http://[fd12:3456::1]',
  'http://[fe80::1]',
  'http://[::ffff:192.168.0.1]',
  'http://kith.local',
])('PUBLIC_URL=%s is taken: nobody else is there to read along', (url) => {
  expect(problemsOf({ PUBLIC_URL: url })).toEqual([]);
});

test('PUBLIC_URL with http stops the start of a server that speaks https', () => {
  const said = [expect.stringMatching(/^PUBLIC_URL: .* https:\/\/ is right$/)];
  expect(problemsOf({ ...TLS, PUBLIC_URL: 'http://localhost' })).toEqual(said);
  expect(problemsOf({ ...TLS, PUBLIC_URL: 'http://chat.example' })).toEqual(said);
  expect(problemsOf({ ...TLS, PUBLIC_URL: 'https://chat.example' })).toEqual([]);
});

test('https outside and plain http inside, where others reach it, is a likely mistake', () => {
  const plain = { PUBLIC_URL: 'https://chat.example', HOST: '0.0.0.0' };
  expect(mistakesIn(load(plain))).toEqual([expect.stringContaining('TLS_CERT and TLS_KEY')]);
  expect(mistakesIn(load({ ...plain, HOST: '10.0.0.5' }))).toHaveLength(1);
  for (const right of [{ HOST: '127.0.0.1' }, { HOST: '::1' }, { TRUSTED_PROXIES: '10.0.0.1' }, TLS]) {
    expect(mistakesIn(load({ ...plain, ...right }))).toEqual([]);
  }
  expect(mistakesIn(load({ HOST: '0.0.0.0' }))).toEqual([]);
});

test('loopback is known by name and by number', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1']) {
    expect([host, isLoopback(host)]).toEqual([host, true]);
  }
  for (const host of ['0.0.0.0', '::', '10.0.0.1', '127.example', '1270.0.0.1', 'localhost.example']) {
    expect([host, isLoopback(host)]).toEqual([host, false]);
  }
});
