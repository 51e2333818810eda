// The page of someone who is not signed in: one form that signs in or signs up. The field for a set-up code comes when
// the server has refused for want of one.
import { type Chat, Refusal } from '@kith/sdk';
import { el, on, setText } from './element.js';
import type { Invitation } from './invitation.js';

type Mode = 'in' | 'up';

/**
 * @param isEnded the server has ended the session that there was
 * @param invitation by which this visitor has come
 */
export function signInPage(chat: Chat, isEnded: boolean, invitation: Invitation | null): HTMLElement {
  let mode: Mode = 'in';
  const username = field('Username', { name: 'username', autocomplete: 'username', autocapitalize: 'none' });
  const displayName = field('Name that others see', { name: 'name', autocomplete: 'name', maxlength: '100' }, false);
  const password = field('Password', { name: 'password', type: 'password', autocomplete: 'current-password' });
  const setupCode = field('Set-up code', { name: 'setup-code', autocomplete: 'off' }, false);
  const problem = el('p', { class: 'problem', role: 'alert' });
  const submit = el('button', { class: 'primary', type: 'submit' });
  const other = el('button', { class: 'link', type: 'button' });
  const heading = el('h1');
  const hint = el('p', { class: 'hint' }, 'A password has at least 10 characters.');
  const form = el(
    'form',
    { class: 'card' },
    heading,
    ...(invitation === null ? [] : [invitation.element]),
    ...[username, displayName, password].map(({ label }) => label),
    hint,
    setupCode.label,
    problem,
    submit,
    other,
  );

  const show = (next: Mode) => {
    mode = next;
    const isUp = mode === 'up';
    setText(heading, isUp ? 'Create an account' : 'Sign in to Kith');
    setText(submit, isUp ? 'Sign up' : 'Sign in');
    setText(other, isUp ? 'I have an account' : 'Create an account');
    setText(problem, '');
    displayName.label.hidden = !isUp;
    hint.hidden = !isUp;
    setupCode.label.hidden = true;
    password.input.autocomplete = isUp ? 'new-password' : 'current-password';
  };

  const enter = async () => {
    const credentials = { username: username.input.value.trim(), password: password.input.value };
    if (mode === 'in') return await chat.signIn(credentials);
    const name = displayName.input.value.trim();
    const code = setupCode.input.value.trim();
    return await chat.signUp({
      ...credentials,
      ...(name === '' ? {} : { displayName: name }),
      ...(code === '' ? {} : { setupCode: code }),
      ...(invitation === null ? {} : { invite: invitation.code }),
    });
  };

  on(other, 'click', () => show(mode === 'in' ? 'up' : 'in'));
  on(form, 'submit', (event) => {
    event.preventDefault();
    submit.disabled = true;
    setText(problem, '');
    enter()
      .catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
        setText(problem, wordsOf(error));
        if (mode === 'up' && error.code === 'forbidden') {
          setupCode.label.hidden = false;
          setupCode.input.focus();
        }
      })
      .finally(() => {
        submit.disabled = false;
      });
  });
  show(invitation === null ? 'in' : 'up');
  if (isEnded) setText(problem, 'Your session has ended. Please sign in again.');
  return el('main', { class: 'welcome' }, form);
}

function field(text: string, attributes: { [name: string]: string }, isRequired = true) {
  const input = el('input', { type: 'text', required: isRequired, ...attributes });
  return { input, label: el('label', {}, el('span', {}, text), input) };
}

function wordsOf({ code, message, retryAfterMs }: Refusal): string {
  switch (code) {
    case 'unauthenticated':
      return 'Username or password is wrong.';
    case 'unavailable':
      return 'The server does not answer. Please try again.';
    case 'rate_limited':
      return `Too many tries. Please wait ${Math.ceil((retryAfterMs ?? 1_000) / 1_000)} s.`;
    default:
      return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  }
}
