// What the two stacks have in common for the load generator: a port, processes to measure, and seats: conversations with
// people who may connect.
import type { CpuOwner } from '../measure/cpu.js';
import type { Numbering } from '../wire/order-check.js';

/** A conversation and the tokens of its members, each another person. */
export type Seats = { readonly conversation: string; readonly tokens: readonly string[] };

/** How a server speaks on its WebSocket: the frames of the contract as they are, each in an event of Socket.IO, or XMPP. */
export type Dialect = 'kith' | 'socket.io' | 'xmpp';

export type Stack = {
  readonly name: 'Kith' | 'plain' | 'Socket.IO' | 'Socket.IO, Redis' | 'Bun' | 'ejabberd';
  /** By default `kith`. */
  readonly dialect?: Dialect;
  readonly port: number;
  readonly cpu: CpuOwner;
  readonly numbering: Numbering;
  /** Makes `count` conversations of `size` people who are in no other. */
  seat(count: number, size: number): Promise<readonly Seats[]>;
};
