// The floor of what fan-out may cost: Bun's own WebSocket server, which publishes a text to all who subscribed in native code.
// It stores nothing and forgets everything; it speaks the few frames of the load generator. Ends with its standard input or
// SIGTERM.
const heads = new Map();

const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch: (request, own) => (own.upgrade(request, { data: {} }) ? undefined : new Response(null, { status: 426 })),
  websocket: {
    perMessageDeflate: false,
    message(socket, data) {
      const frame = JSON.parse(data);
      if (frame.type === 'hello') {
        // A token is `<conversation>/<person>`: nothing is looked up.
        const [conversation, person] = frame.token.split('/');
        socket.data.person = person;
        socket.subscribe(conversation);
        socket.send('{"type":"welcome"}');
        return;
      }
      const { id, conversation, text } = frame;
      const seq = (heads.get(conversation) ?? 0) + 1;
      heads.set(conversation, seq);
      const at = Date.now();
      socket.send(JSON.stringify({ type: 'ack', id, result: { conversation, seq, at } }));
      const { person: author } = socket.data;
      server.publish(
        conversation,
        JSON.stringify({
          type: 'entry',
          conversation,
          epoch: 1,
          seq,
          at,
          author,
          kind: 'message.sent',
          body: { text },
        }),
      );
    },
  },
});

process.stdout.write(`The server is at ${server.port}\n`);
const stop = () => process.exit(0);
process.once('SIGTERM', stop);
process.stdin.once('end', stop).resume();
