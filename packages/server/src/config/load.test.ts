import { expect, test } from 'vitest';
import { ConfigError, describeConfig, loadConfig, resolveConfig } from './load.js';
import { configurationPage } from './page.js';

type Given = { readonly environment?: { readonly [name: string]: string }; readonly file?: unknown };

function load({ environment = {}, file }: Given) {
  const text = typeof file === 'string' ? file : JSON.stringify(file);
  return loadConfig({ environment, readFile: () => (file === undefined ? null : text) });
}

function problemsOf(given: Given): readonly string[] {
  try {
    load(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

test('without anything given, the defaults stand', () => {
  expect(load({})).toMatchObject({
    port: 8080,
    host: '127.0.0.1',
    dataDir: './data',
    signUp: 'open',
    databaseUrl: null,
  });
});

test('the environment wins over the file, and the prefix over the bare name', () => {
  const file = { PORT: 1, HOST: 'file', SIGN_UP: 'closed' };
  const config = load({ environment: { PORT: '2', HOST: 'bare', KITH_HOST: 'prefixed' }, file });
  expect(config).toMatchObject({ port: 2, host: 'prefixed', signUp: 'closed' });
});

test('an empty variable of the environment is one that is not given', () => {
  expect(load({ environment: { PORT: '', METRICS_TOKEN: '' } })).toMatchObject({ port: 8080, metricsToken: null });
});

test('lists are separated by commas in the environment, and arrays in the file', () => {
  const wanted = ['https://a.example', 'capacitor://localhost'];
  expect(
    load({ environment: { ALLOWED_ORIGINS: 'https://a.example/, capacitor://localhost' } }).allowedOrigins,
  ).toEqual(wanted);
  expect(load({ file: { ALLOWED_ORIGINS: wanted } }).allowedOrigins).toEqual(wanted);
  expect(load({ environment: { TRUSTED_PROXIES: '10.0.0.0/8,::1' } }).trustedProxies).toEqual(['10.0.0.0/8', '::1']);
});

test('an origin is a name or an address with its port, and nothing that could end a rule of a content policy', () => {
  const good = 'https://shop.example:8443,http://[::1]:80,https://münchen.example';
  expect(load({ environment: { EMBED_ORIGINS: good } }).embedOrigins).toEqual([
    'https://shop.example:8443',
    'http://[::1]',
    'https://xn--mnchen-3ya.example',
  ]);
  for (const bad of [
    'https://a;script-src',
    "https://a'b",
    'https://*.example',
    'https://shop.example/path',
    '*',
    'null',
  ])
    expect(problemsOf({ environment: { EMBED_ORIGINS: bad } })).toHaveLength(1);
});

test('an unknown key of the file and an unknown KITH_ variable stop the start, with the name that was meant', () => {
  expect(problemsOf({ file: { prot: 1 } })).toEqual(['prot in the file is no variable of this server']);
  expect(problemsOf({ file: { port: 1 } })).toEqual(['port in the file is no variable of this server: PORT is']);
  expect(problemsOf({ environment: { KITH_DRAIN: '1' } })).toEqual([
    'KITH_DRAIN in the environment is no variable of this server: DRAIN_MS is',
  ]);
  expect(problemsOf({ environment: { SOMETHING_ELSE: '1' } })).toEqual([]);
});

test('everything that is wrong is told at once, and no value is quoted', () => {
  const problems = problemsOf({
    environment: {
      PORT: '70000',
      SIGN_UP: 'perhaps',
      PUBLIC_URL: 'https://chat.example/path',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
      TRUSTED_PROXIES: '10.0.0.0/99',
      RATE_FACTOR: 'many',
    },
  });
  expect(problems.map((problem) => problem.split(':')[0])).toEqual([
    'PORT',
    'PUBLIC_URL',
    'TRUSTED_PROXIES',
    'SIGN_UP',
    'DATABASE_URL',
    'RATE_FACTOR',
  ]);
  expect(problems.join()).not.toContain('hunter2');
});

test('a file that is no JSON object, or that was asked for and is not there, stops the start', () => {
  expect(problemsOf({ file: '[1]' })).toEqual(['kith.config.json is no JSON object']);
  expect(problemsOf({ file: '{' })).toEqual(['kith.config.json is no JSON object']);
  expect(problemsOf({ environment: { KITH_CONFIG: '/none.json' } })).toEqual([
    'KITH_CONFIG names a file that cannot be read: /none.json',
  ]);
});

test('secrets are masked where the configuration is printed', () => {
  const config = load({ environment: { METRICS_TOKEN: 'hunter2', DATABASE_URL: 'postgres://me:hunter2@host/db' } });
  const printed = describeConfig(config);
  expect(printed).toMatchObject({ METRICS_TOKEN: '(set)', DATABASE_URL: '(set)', PORT: '8080', NODE_ID: '(absent)' });
  expect(JSON.stringify(printed)).not.toContain('hunter2');
});

test('docs/configuration.md says what the schema says', async () => {
  await expect(configurationPage()).toMatchFileSnapshot('../../../../docs/configuration.md');
});

test('it is told of each value where it came from, and of what is wrong beside it', () => {
  const sources = {
    environment: { KITH_CONFIG: 'mine.json', PORT: '2', HOST: 'bare', KITH_HOST: 'prefixed', SIGN_UP: 'perhaps' },
    readFile: () => JSON.stringify({ PORT: 1, DATA_DIR: 'there' }),
  };
  const { config, origins, problems } = resolveConfig(sources);
  expect(config).toBeNull();
  expect(origins).toMatchObject({
    port: { kind: 'environment', name: 'PORT' },
    host: { kind: 'environment', name: 'KITH_HOST' },
    dataDir: { kind: 'file', path: 'mine.json' },
    signUp: { kind: 'environment', name: 'SIGN_UP' },
    publicUrl: { kind: 'default' },
  });
  expect(problems).toEqual([expect.stringMatching(/^SIGN_UP: /)]);
});
