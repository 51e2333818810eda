// The page's side of it. Whoever is logged in to the app is in the chat, by tokens that the app signs for them now and whenever
// a session has ended. The SDK does the rest: the session, what is kept on the device, the connection and its coming back.
import { Chat } from '@kith/sdk';
import { IndexedDbStores } from '@kith/sdk/storage/indexeddb';

const [login, message, list, status] = ['#login', '#message', 'ul', 'p'].map((name) => document.querySelector(name));
const chat = new Chat({ url: location.origin, stores: new IndexedDbStores() });

async function askTheApp(method, path, form) {
  const body = form && JSON.stringify(Object.fromEntries(new FormData(form)));
  const answer = await fetch(path, { method, body, headers: { 'content-type': 'application/json' } });
  if (!answer.ok) throw new Error('Nobody is logged in.');
  return await answer.json();
}

async function enter({ id, name }) {
  const person = await chat.useToken(async () => (await askTheApp('POST', '/chat-token')).token, id);
  const item = ({ last }) => Object.assign(document.createElement('li'), { textContent: last?.body.text ?? '' });
  const show = () => {
    // Somebody is looked for with a connection; in a conversation that is there, one can write without.
    message.hidden = person.connection.getSnapshot().kind !== 'open';
    list.replaceChildren(...person.conversations.getSnapshot().map(item));
  };
  for (const shown of [person.connection, person.conversations]) shown.subscribe(show);
  show();
  message.onsubmit = () => tell(send(person));
  status.textContent = `You are ${name}.`;
}

async function send(person) {
  const { to, text } = Object.fromEntries(new FormData(message));
  const { users } = await person.command('users.search', { query: to });
  const other = users.find(({ username }) => username === to);
  if (!other) throw new Error(`${to} was not in the chat yet.`);
  await person.send(await person.create({ kind: 'direct', members: [other.id] }), text);
}

function tell(work) {
  work.catch((error) => {
    status.textContent = error.message;
  });
  return false;
}

login.onsubmit = () => tell(askTheApp('POST', '/login', login).then(enter));
tell(askTheApp('GET', '/me').then(enter));
