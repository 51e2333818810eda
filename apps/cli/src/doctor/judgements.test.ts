// Where the doctor draws its lines: what is well, what is a warning, what is a failure.
import { expect, it } from 'vitest';
import { judgeCertificate } from './address.js';
import { judgeSkew } from './database.js';
import { judgeRoom } from './disk.js';
import { judgeFiles, judgeMemory, judgeNode, judgeShared } from './machine.js';

const MIB = 1024 ** 2;
const DAY_MS = 86_400_000;

it.each([
  [10, 'ok'],
  [9.9, 'warn'],
  [2, 'warn'],
  [1.9, 'fail'],
  [0, 'fail'],
])('%f %% of the disk left is %s', (percent, health) => {
  const thresholds = { diskWarnPercent: 10, diskRefusePercent: 2 };
  expect(judgeRoom('/data', { free: percent * 10, size: 1_000, ...thresholds }).health).toBe(health);
  const never = { diskWarnPercent: 0, diskRefusePercent: 0 };
  expect(judgeRoom('/data', { free: percent * 10, size: 1_000, ...never }).health).toBe('ok');
});

it.each([
  [0, 'ok'],
  [1_999, 'ok'],
  [-2_000, 'warn'],
  [59_999, 'warn'],
  [-60_000, 'fail'],
])('a clock of the database %i ms ahead is %s', (skewMs, health) => {
  expect(judgeSkew(skewMs).health).toBe(health);
});

it.each([
  [511, 1_000, 'fail'],
  [1_024, 1_000, 'warn'],
  [1_200, 1_000, 'ok'],
  [Number.MAX_SAFE_INTEGER, 1_000_000, 'ok'],
])('%i open files with %i connections is %s', (limit, connections, health) => {
  expect(judgeFiles(limit, connections).health).toBe(health);
});

it.each([
  [255, 'fail'],
  [256, 'warn'],
  [768, 'ok'],
])('%i MiB of memory is %s', (mib, health) => {
  expect(judgeMemory(mib * MIB).health).toBe(health);
});

it('no shared memory, or little, is a warning', () => {
  expect([null, 1, 64 * MIB].map((free) => judgeShared(free).health)).toEqual(['warn', 'warn', 'ok']);
});

it.each([
  ['18.20.0', 'fail'],
  ['20.18.9', 'fail'],
  ['20.19.0', 'ok'],
  ['24.1.0', 'ok'],
])('Node %s is %s', (version, health) => {
  expect(judgeNode(version).health).toBe(health);
});

it('a certificate fails once it has expired or is for another name, and warns two weeks before', () => {
  const now = Date.parse('2026-12-01T00:00:00Z');
  const judge = (days: number, host: string | null) =>
    judgeCertificate(
      {
        validTo: new Date(now + days * DAY_MS).toUTCString(),
        checkHost: (name) => (name === 'chat.example' ? name : undefined),
        checkIP: () => undefined,
      },
      { host, now },
    );
  expect(judge(30, 'chat.example').health).toBe('ok');
  expect(judge(30, null).health).toBe('ok');
  expect(judge(13, 'chat.example').health).toBe('warn');
  expect(judge(-1, 'chat.example')).toMatchObject({ health: 'fail', advice: expect.stringContaining('renew') });
  expect(judge(30, 'other.example')).toMatchObject({ health: 'fail', found: expect.stringContaining('other.example') });
});
