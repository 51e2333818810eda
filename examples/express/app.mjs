// A web app with people of its own that has chat in it, in two ways: a page of its own on the SDK, for which chat is at the
// app's own address, and a page that has the whole chat in a panel by one tag (docs/embed.md). Who is signed in here is signed
// in there, by a token that this server signs for each sign-in (H14 of docs/protocol/v1.md).
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { mountChat } from './chat-mount.mjs';
import { signChatToken } from './chat-token.mjs';
import { bundlePageScript } from './page-script.mjs';
import { serveShelf } from './shelf.mjs';

const PAGE = fileURLToPath(new URL('./page/index.html', import.meta.url));
const chat = new URL(process.env.CHAT_URL ?? 'http://127.0.0.1:8080');

/** The app's own login, as simple as can be: who has which cookie. A real app has its own in this place. */
const people = new Map([['ann', { id: 'u-1', username: 'ann', name: 'Ann Example' }]]);
people.set('ben', { id: 'u-2', username: 'ben', name: 'Ben Example' });
const logins = new Map();

const app = express();
app.post('/login', express.json(), (request, response) => {
  const person = people.get(request.body?.username);
  if (!person) return void response.sendStatus(401);
  const login = randomUUID();
  logins.set(login, person);
  response.cookie('login', login, { httpOnly: true, sameSite: 'strict' }).json(person);
});

/** Lets through who is logged in. */
function loggedIn(request, response, next) {
  response.locals.person = logins.get(/(?:^|; )login=([^;]+)/.exec(request.headers.cookie ?? '')?.[1]);
  if (response.locals.person) next();
  else response.sendStatus(401);
}

app.get('/me', loggedIn, (_request, response) => response.json(response.locals.person));

app.post('/chat-token', loggedIn, async (_request, response) => {
  response.json({ token: await signChatToken(response.locals.person) });
});

const script = await bundlePageScript();
app.get('/', (_request, response) => response.sendFile(PAGE));
serveShelf({ app, loggedIn, chat });
app.get('/chat.js', (_request, response) => response.type('text/javascript').send(script));

const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`The app is at http://127.0.0.1:${server.address().port}`);
});
mountChat({ app, server, chat });
