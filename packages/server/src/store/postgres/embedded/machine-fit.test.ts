/**
 * The sizes of the embedded PostgreSQL on machines of any size.
 */
import { expect, test } from 'vitest';
import { fitTo, lookAtMachine } from './machine-fit.js';

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;
const sizesOn = (memoryGib: number, diskGib: number | null) => {
  const fit = fitTo({ memoryBytes: memoryGib * GIB, diskBytes: diskGib === null ? null : diskGib * GIB });
  return ['shared_buffers', 'work_mem', 'max_wal_size', 'min_wal_size'].map((name) => fit[name]);
};

test('grows with memory and disk, between bounds that fit the smallest and the largest machine', () => {
  expect(sizesOn(0.5, 1)).toEqual(['64MB', '4MB', '64MB', '32MB']);
  expect(sizesOn(2, 10)).toEqual(['128MB', '4MB', '512MB', '80MB']);
  expect(sizesOn(8, 100)).toEqual(['512MB', '16MB', '1024MB', '80MB']);
  expect(sizesOn(256, null)).toEqual(['512MB', '32MB', '1024MB', '80MB']);
});

test('never takes more than a fourth of the memory for itself, nor a tenth of the disk for its journal', () => {
  for (let memory = 256; memory < 300_000; memory *= 1.7) {
    for (let disk = 1024; disk < 10_000_000; disk *= 2.3) {
      const fit = fitTo({ memoryBytes: memory * MIB, diskBytes: disk * MIB });
      expect(Number.parseInt(fit.shared_buffers ?? '', 10)).toBeLessThanOrEqual(memory / 4);
      expect(Number.parseInt(fit.max_wal_size ?? '', 10)).toBeLessThanOrEqual(disk / 10);
    }
  }
});

test('knows the memory and the disk of this machine', async () => {
  const { memoryBytes, diskBytes } = await lookAtMachine('/');
  expect(memoryBytes).toBeGreaterThan(64 * MIB);
  expect(diskBytes).toBeGreaterThan(64 * MIB);
  expect((await lookAtMachine('/nowhere/at/all')).diskBytes).toBeNull();
});
