// add_pin, remove_pin and read_pins: what is pinned.
import { ADD_PIN, READ_PINS, REMOVE_PIN } from '@kith/server/store/postgres/pins';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { Waiting } from '../table.js';
import { rowSeen } from '../versions.js';
import { type Rows, reading, writing } from './modelled.js';
import { recordsAsked } from './records.js';

export const addPin = writing({ statement: ADD_PIN, fingerprint: 'bed83a9d14a1' }, add);
export const removePin = writing({ statement: REMOVE_PIN, fingerprint: '0669f66da0a2' }, remove);
export const readPins = reading({ statement: READ_PINS, fingerprint: 'efeb0d9c6fd3' }, read);

function* add(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const [conversation, target, seq] = [parameters.int(1), parameters.int(2), parameters.int(3)];
  yield* execution.insert(execution.tables.pins, { conversation, target, seq });
  return [];
}

function* remove(execution: Execution, parameters: Parameters): Waiting<Rows> {
  const { pins } = execution.tables;
  const slot = pins.find('pin_pkey', `${parameters.int(1)} ${parameters.int(2)}`);
  if (!slot || !rowSeen(slot, execution.snapshot)) return [];
  if (yield* execution.hold(pins, slot)) execution.delete(pins, slot);
  return [];
}

function read(execution: Execution, parameters: Parameters): Rows {
  const limit = parameters.int(4);
  return recordsAsked(execution, parameters).map(({ conversation, record }) => {
    const rows = [...execution.tables.pins.ofConversation(conversation.no, execution.snapshot)].reverse();
    const pins = rows.slice(0, limit).map(({ target, seq }) => [target, seq]);
    return { ...record, pins: pins.length > 0 ? pins : null };
  });
}
