import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { LabClient } from './lab-client.js';
import { noOrderCounts } from './order-check.js';

const ID = '0190b3c4-1111-7222-8333-944455556666';
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server of the library, which reads frames as strictly as the standard wants it. */
async function connected(greeting: object = { type: 'welcome', conversations: [{ id: ID, pushedAfter: 4 }] }) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  const heard: string[] = [];
  const sockets: WebSocket[] = [];
  server.on('connection', (socket) => {
    sockets.push(socket);
    socket.on('message', (data) => {
      heard.push(String(data));
      if (heard.length === 1) socket.send(JSON.stringify(greeting));
    });
  });
  await once(server, 'listening');
  const counts = noOrderCounts();
  const { port } = server.address() as AddressInfo;
  const client = await LabClient.open({ port, token: 'a token', numbering: 'next', counts });
  const [socket] = sockets;
  if (!socket) throw new Error('nobody connected');
  closing.push(() => {
    client.close();
    socket.terminate();
    server.close();
  });
  return { client, socket, counts, heard };
}

function entry(seq: number): string {
  return `{"type":"entry","conversation":"${ID}","epoch":1,"seq":${seq},"n":1}`;
}

describe('LabClient', () => {
  it('greets, asks and is answered', async () => {
    const { client, socket, heard } = await connected();
    const asked = client.request('entries.read', { text: 'ü'.repeat(200) });
    await once(socket, 'message');
    expect(JSON.parse(heard[0] ?? '')).toMatchObject({ type: 'hello', token: 'a token' });
    expect(JSON.parse(heard[1] ?? '')).toEqual({ type: 'command', id: 1, name: 'entries.read', text: 'ü'.repeat(200) });
    socket.send('{"type":"ack","id":1,"result":{"seq":8}}');
    expect(await asked).toEqual({ seq: 8 });
  });

  it('counts copies from where the welcome says that they begin, and answers pings', async () => {
    const { client, socket, counts } = await connected();
    for (const seq of [5, 6, 8]) socket.send(entry(seq));
    socket.send(`{"type":"gap","conversation":"${ID}","epoch":1,"after":8,"head":20}`);
    socket.send(entry(21));
    socket.ping('beat');
    const [beat] = await once(socket, 'pong');
    expect(String(beat)).toBe('beat');
    expect(counts).toEqual({ copies: 4, outOfOrder: 0, holes: 1, gaps: 1 });
    expect(client.order.last(ID)).toBe(21);
  });

  it('speaks to Socket.IO: opens, is asked whether it is there, and reads frames in events', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    const heard: string[] = [];
    server.on('connection', (socket, { url }) => {
      heard.push(url ?? '');
      socket.send('0{"sid":"one"}');
      socket.on('message', (data) => {
        heard.push(String(data));
        if (String(data).startsWith('40'))
          for (const text of ['40{}', '2', '42["f",{"type":"welcome"}]']) socket.send(text);
        if (String(data).startsWith('42')) {
          socket.send('42["f",{"type":"ack","id":1,"result":{"seq":8}}]');
          socket.send(`42["f",${entry(8)}]`);
          socket.send(`42["f",${entry(9)}]`);
        }
      });
    });
    await once(server, 'listening');
    const [counts, { port }] = [noOrderCounts(), server.address() as AddressInfo];
    const client = await LabClient.open({ port, token: 'a token', numbering: 'rising', counts, dialect: 'socket.io' });
    closing.push(() => {
      client.close();
      server.close();
    });
    expect(await client.request('message.send', { text: 'hello' })).toEqual({ seq: 8 });
    await vi.waitFor(() => expect(counts).toEqual({ copies: 2, outOfOrder: 0, holes: 0, gaps: 0 }));
    expect(client.order.last(ID)).toBe(9);
    const asked = '42["c",{"type":"command","id":1,"name":"message.send","text":"hello"}]';
    expect(heard).toEqual(['/socket.io/?EIO=4&transport=websocket', '40{"token":"a token"}', '3', asked]);
  });

  it('speaks XMPP once the server has agreed to, and is acknowledged by its own copy', async () => {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
    const room = `${ID}@conference.localhost`;
    const features = '<stream:features/>';
    const greetings: { readonly [name: string]: readonly string[] } = {
      open: ['<open/>', features],
      auth: ["<success xmlns='x'/>"],
      iq: ["<iq type='result' id='bind'/>", `<message from='${room}' type='groupchat'><subject/></message>`],
      message: [
        `<message from='${room}/2' id='1'><stanza-id by='x' id='500'/><body>hello</body></message>`,
        `<message from='${room}/3' id='1'><stanza-id by='x' id='501'/><body>hello</body></message>`,
      ],
    };
    const heard: string[] = [];
    server.on('connection', (socket, { url }) => {
      heard.push(`${url} ${socket.protocol}`);
      socket.on('message', (data) => {
        const [, name = ''] = /^<(\w+)/.exec(String(data)) ?? [];
        heard.push(name);
        for (const text of greetings[name] ?? []) socket.send(text);
      });
    });
    await once(server, 'listening');
    const [counts, { port }] = [noOrderCounts(), server.address() as AddressInfo];
    const token = `room/${ID}.3`;
    const client = await LabClient.open({ port, token, numbering: 'rising', counts, dialect: 'xmpp' });
    closing.push(() => {
      client.close();
      server.close();
    });
    const answer = new Promise((resolve) => client.send({ conversation: ID, key: 'a key', text: 'hello' }, resolve));
    expect(await answer).toEqual({ type: 'ack', id: 1, result: { conversation: ID, seq: 501 } });
    expect([client.order.last(ID), client.pending, counts.copies, counts.outOfOrder]).toEqual([501, 0, 2, 0]);
    expect(heard).toEqual(['/ws xmpp', 'open', 'auth', 'open', 'iq', 'presence', 'presence', 'message']);
  });

  it('fails what waits when the server closes', async () => {
    const { client, socket } = await connected();
    const asked = client.request('entries.read', {});
    socket.close(4000);
    await expect(asked).rejects.toThrow('connection_lost, the server closed a connection with 4000');
  });
});
