// The version of the wire contract. It only grows: a new major version would be a new subprotocol beside this one.
// Rules: docs/protocol/v1.md, section 2.

/** The WebSocket subprotocol that a client must offer and that the server selects. */
export const SUBPROTOCOL = 'kith.v1';
