// A socket as the process sees it that holds it: whatever comes over it comes through the gate of that process.
import type { SocketLike } from '@kith/sdk';
import type { Gate } from '../gate.js';
import type { CoreSocket } from './core-socket.js';

export function gatedSocket(socket: CoreSocket, gate: Gate): SocketLike {
  const own: SocketLike = {
    onopen: null,
    onmessage: null,
    onclose: null,
    onerror: null,
    send: (text) => socket.send(text),
    close: (code) => socket.close(code),
  };
  socket.onopen = () => gate.enter(() => own.onopen?.());
  socket.onmessage = (event) => gate.enter(() => own.onmessage?.(event));
  socket.onclose = (event) => gate.enter(() => own.onclose?.(event));
  return own;
}
