import { expect, test } from 'vitest';
import { CommandOrder } from './command-order.js';

function makeCommands() {
  const order = new CommandOrder();
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const start = (lane: string | null, name: string) =>
    order.start(lane, {
      way: name.startsWith('read') ? 'read' : name.startsWith('alone') ? 'alone' : 'write',
      run: () => {
        started.push(name);
        return new Promise((resolve) => finish.set(name, resolve));
      },
    });
  const done = async (name: string) => {
    finish.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { start, started, done };
}

test('[O1] writes start at once, and a read waits for those before it', async () => {
  const { start, started, done } = makeCommands();
  for (const name of ['write1', 'write2', 'read1']) start('a', name);
  expect(started).toEqual(['write1', 'write2']);
  await done('write2');
  expect(started).toEqual(['write1', 'write2']);
  await done('write1');
  expect(started).toEqual(['write1', 'write2', 'read1']);
});

test('[O1] a write waits for the reads before it, so that none of them shows it', async () => {
  const { start, started, done } = makeCommands();
  for (const name of ['write1', 'read1', 'read2', 'write2', 'read3', 'write3']) start('a', name);
  expect(started).toEqual(['write1']);
  await done('write1');
  expect(started).toEqual(['write1', 'read1', 'read2']);
  await done('read2');
  expect(started).toEqual(['write1', 'read1', 'read2']);
  await done('read1');
  expect(started).toEqual(['write1', 'read1', 'read2', 'write2']);
  await done('write2');
  await done('read3');
  expect(started).toEqual(['write1', 'read1', 'read2', 'write2', 'read3', 'write3']);
  await done('write3');
  start('a', 'write4');
  expect(started.at(-1)).toBe('write4');
});

test('[O1] what looks something up before it writes runs alone, so that nothing overtakes it', async () => {
  const { start, started, done } = makeCommands();
  for (const name of ['write1', 'alone1', 'alone2', 'write2', 'write3']) start('a', name);
  expect(started).toEqual(['write1']);
  await done('write1');
  expect(started).toEqual(['write1', 'alone1']);
  await done('alone1');
  expect(started).toEqual(['write1', 'alone1', 'alone2']);
  await done('alone2');
  expect(started).toEqual(['write1', 'alone1', 'alone2', 'write2', 'write3']);
});

test('other conversations, and commands of none, wait for nothing', async () => {
  const { start, started } = makeCommands();
  start('a', 'write1');
  start('b', 'read1');
  start(null, 'read2');
  start('c', 'write2');
  expect(started).toEqual(['write1', 'read1', 'read2', 'write2']);
});
