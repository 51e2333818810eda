import { expect, it } from 'vitest';
import { Listeners } from './listeners.js';

it('tells those who listen to a name, each as often as it was added, and nobody else', () => {
  const listeners = new Listeners();
  const told: string[] = [];
  const twice = () => told.push('twice');
  listeners.add('a', twice);
  listeners.add('a', twice);
  listeners.add('b', () => told.push('b'));
  listeners.tell('a');
  listeners.tell('c');
  expect(told).toEqual(['twice', 'twice']);
});

it('holds a name only while somebody listens, and ends each once', () => {
  const listeners = new Listeners();
  const listener = () => {};
  const end = listeners.add('a', listener);
  const other = listeners.add('a', listener);
  end();
  end();
  expect(listeners.has('a')).toBe(true);
  other();
  expect(listeners.has('a')).toBe(false);
  listeners.add('a', listener);
  other();
  expect(listeners.has('a')).toBe(true);
});

it('lets a listener end itself and others while it is told', () => {
  const listeners = new Listeners();
  const told: string[] = [];
  const end = listeners.add('a', () => {
    told.push('first');
    end();
  });
  listeners.add('a', () => told.push('second'));
  listeners.tell('a');
  listeners.tell('a');
  expect(told).toEqual(['first', 'second', 'second']);
});
