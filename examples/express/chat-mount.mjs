// Puts the chat's `/v1` at the app's own address, requests and WebSockets alike. Everything is passed on as it comes: the
// host name too, so that the chat knows the app's pages as its own; and the address of who asks, which the chat believes
// where TRUSTED_PROXIES names this server, so that each person has limits of their own.
import { request as ask } from 'node:http';

/** Headers that end at this server. The app's cookies are none of the chat's business. */
const OWN = new Set(['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'cookie']);
const PATH = /^\/v1(?=[/?]|$)/;

/**
 * @param {{ app: import('express').Express, server: import('node:http').Server, chat: URL }} parts `chat` is where the
 * chat's server listens, over http
 */
export function mountChat({ app, server, chat }) {
  app.use((incoming, response, next) => {
    if (!PATH.test(incoming.url)) return next();
    const outgoing = ask(toChat(chat, incoming), (answer) => {
      response.writeHead(answer.statusCode ?? 502, passedOn(answer.headers));
      answer.pipe(response);
      answer.on('error', () => response.destroy());
    });
    outgoing.on('error', () => (response.headersSent ? response.destroy() : response.sendStatus(502)));
    response.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });

  server.on('upgrade', (incoming, socket, head) => {
    socket.on('error', () => socket.destroy());
    if (!PATH.test(incoming.url ?? '')) return void socket.destroy();
    const outgoing = ask(toChat(chat, incoming, { connection: 'Upgrade', upgrade: 'websocket' }));
    outgoing.on('upgrade', (answer, chatSocket, chatHead) => {
      socket.write(`${headOf(answer)}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      socket.write(chatHead);
      chatSocket.write(head);
      join(socket, chatSocket);
    });
    // Refused: the answer is passed on, and that was all.
    outgoing.on('response', (answer) => {
      socket.write(`${headOf(answer)}Connection: close\r\n\r\n`);
      answer.pipe(socket);
    });
    outgoing.on('error', () => socket.destroy());
    socket.on('close', () => outgoing.destroy());
    outgoing.end();
  });
}

/**
 * @param {URL} chat
 * @param {import('node:http').IncomingMessage} incoming
 * @param {import('node:http').OutgoingHttpHeaders} more
 */
function toChat({ hostname, port }, { method, url, headers, socket }, more = {}) {
  const hops = [headers['x-forwarded-for'], socket.remoteAddress].flat().filter(Boolean).join(', ');
  return { hostname, port, method, path: url, headers: { ...passedOn(headers), ...more, 'x-forwarded-for': hops } };
}

/** @param {import('node:http').IncomingHttpHeaders} headers */
function passedOn(headers) {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN.has(name)));
}

/** @param {import('node:http').IncomingMessage} answer */
function headOf({ statusCode, statusMessage, headers }) {
  const lines = Object.entries(passedOn(headers)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${statusCode} ${statusMessage}\r\n${lines.join('')}`;
}

/**
 * Each sends to the other until one of them ends.
 * @param {import('node:stream').Duplex} one
 * @param {import('node:stream').Duplex} other
 */
function join(one, other) {
  for (const [from, to] of [
    [one, other],
    [other, one],
  ]) {
    from.pipe(to);
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  }
}
