import { expect, test } from 'vitest';
import { CommandOrder } from './command-order.js';

function makeCommands() {
  const order = new CommandOrder();
  const started: string[] = [];
  const finish = new Map<string, () => void>();
  const start = (lane: string | null, name: string) =>
    order.start(lane, {
      isRead: name.startsWith('read'),
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

test('[10] writes start at once, and a read waits for those before it', async () => {
  const { start, started, done } = makeCommands();
  for (const name of ['write1', 'write2', 'read1']) start('a', name);
  expect(started).toEqual(['write1', 'write2']);
  await done('write2');
  expect(started).toEqual(['write1', 'write2']);
  await done('write1');
  expect(started).toEqual(['write1', 'write2', 'read1']);
});

test('[10] what comes after a waiting read waits behind it', async () => {
  const { start, started, done } = makeCommands();
  for (const name of ['write1', 'read1', 'write2', 'read2', 'write3']) start('a', name);
  expect(started).toEqual(['write1']);
  await done('write1');
  expect(started).toEqual(['write1', 'read1', 'write2']);
  await done('write2');
  expect(started).toEqual(['write1', 'read1', 'write2', 'read2', 'write3']);
});

test('other conversations, and commands of none, wait for nothing', async () => {
  const { start, started } = makeCommands();
  start('a', 'write1');
  start('b', 'read1');
  start(null, 'read2');
  start('b', 'write2');
  expect(started).toEqual(['write1', 'read1', 'read2', 'write2']);
});
