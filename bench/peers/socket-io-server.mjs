// What one writes first with Socket.IO: a room for each conversation, one INSERT per message over a pool of ten, then an emit to
// the room. With REDIS_PORT the Redis adapter carries it between processes, as its documentation has it. It speaks the few
// frames of the load generator, each as the event `f`. Ends with its standard input or SIGTERM.
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import pg from 'pg';
import { createClient } from 'redis';
import { Server } from 'socket.io';

const pool = new pg.Pool({ connectionString: process.argv[2], max: 10, idleTimeoutMillis: 500 });
const redisPort = process.env.REDIS_PORT;
const http = createServer();
const io = new Server(http, { transports: ['websocket'], serveClient: false });
if (redisPort) {
  const publisher = createClient({ url: `redis://127.0.0.1:${redisPort}` });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  io.adapter(createAdapter(publisher, subscriber));
}

io.use(async (socket, next) => {
  const { token } = socket.handshake.auth;
  const { rows } = await pool.query('SELECT conversation FROM member WHERE person = $1', [token]);
  socket.data.person = token;
  await socket.join(rows.map(({ conversation }) => conversation));
  next();
});

io.on('connection', (socket) => {
  socket.emit('f', { type: 'welcome' });
  socket.on('c', (frame) => {
    take(socket, frame).catch((error) => {
      socket.emit('f', { type: 'error', id: frame.id, code: 'failed', message: String(error), retry: 'never' });
    });
  });
});

const INSERT = {
  name: 'insert_message',
  text: 'INSERT INTO message (conversation, author, text) VALUES ($1, $2, $3) RETURNING id, created_at',
};

async function take(socket, { id, conversation, text }) {
  const { person } = socket.data;
  if (!socket.rooms.has(conversation)) throw new Error('no such conversation');
  const { rows } = await pool.query({ ...INSERT, values: [conversation, person, text] });
  const seq = Number(rows[0].id);
  const at = rows[0].created_at.getTime();
  socket.emit('f', { type: 'ack', id, result: { conversation, seq, at } });
  const entry = {
    type: 'entry',
    conversation,
    epoch: 1,
    seq,
    at,
    author: person,
    kind: 'message.sent',
    body: { text },
  };
  io.to(conversation).emit('f', entry);
}

http.listen(0, '127.0.0.1', () => process.stdout.write(`The server is at ${http.address().port}\n`));
const stop = () => process.exit(0);
process.once('SIGTERM', stop);
process.stdin.once('end', stop).resume();
