// The page's side of it: asks the app for a token, has the chat exchange it for a session, and shows who one is there. An app
// that uses the SDK gives it `chatToken` as its token provider, and does none of the rest.
const login = document.querySelector('#login');
const shown = document.querySelector('#chat');

async function chatToken() {
  const answer = await fetch('/chat-token', { method: 'POST' });
  if (!answer.ok) throw new Error('nobody is logged in');
  return (await answer.json()).token;
}

async function signIn() {
  const body = JSON.stringify({ assertion: await chatToken() });
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch('/v1/sessions', { method: 'POST', headers, body });
  if (!answer.ok) throw new Error((await answer.json()).message);
  const { user } = await answer.json();
  shown.textContent = `In the chat you are ${user.name} (${user.username}).`;
}

login?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(login)));
  const headers = { 'content-type': 'application/json' };
  try {
    const answer = await fetch('/login', { method: 'POST', headers, body });
    if (!answer.ok) throw new Error('nobody has that name here');
    await signIn();
  } catch (error) {
    shown.textContent = error.message;
  }
});
