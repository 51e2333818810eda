// The page of someone who is not signed in: one form that signs in or signs up. The field for a set-up code comes when the
// server has refused for want of one.
import { LIMITS } from '@kith/protocol';
import type { Chat, Refusal } from '@kith/sdk';
import { type FormEvent, type ReactElement, useId, useRef, useState } from 'react';
import { say, useText } from '../../text/text.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt, wordsOfRefusal } from '../../ui/use-attempt.js';
import { Invited } from './invited.js';

export type SignInProps = {
  readonly chat: Chat;
  /** The server has ended the session that there was. */
  readonly isEnded: boolean;
  /** The code by which this visitor has come. */
  readonly invitation: string | null;
};

type Mode = 'in' | 'up';

export function SignIn({ chat, isEnded, invitation }: SignInProps): ReactElement {
  useText();
  const [mode, setMode] = useState<Mode>(invitation === null ? 'in' : 'up');
  const [isCodeWanted, setCodeWanted] = useState(false);
  const [isTouched, setTouched] = useState(false);
  const setupCode = useRef<HTMLInputElement>(null);
  const hint = useId();
  const { problem, isBusy, attempt } = useAttempt((refusal) => {
    if (mode === 'up' && refusal.code === 'forbidden') {
      setCodeWanted(true);
      queueMicrotask(() => setupCode.current?.focus());
    }
    return wordsOf(refusal);
  });
  const isUp = mode === 'up';

  function enter(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    setTouched(true);
    const form = new FormData(event.currentTarget);
    const of = (name: string) => String(form.get(name) ?? '');
    const credentials = { username: of('username').trim(), password: of('password') };
    if (!isUp) {
      attempt(() => chat.signIn(credentials));
      return;
    }
    const name = of('name').trim();
    const code = of('setup-code').trim();
    attempt(() =>
      chat.signUp({
        ...credentials,
        ...(name === '' ? {} : { displayName: name }),
        ...(code === '' ? {} : { setupCode: code }),
        ...(invitation === null ? {} : { invite: invitation }),
      }),
    );
  }

  function change(): void {
    setMode(isUp ? 'in' : 'up');
    setCodeWanted(false);
    setTouched(true);
  }

  return (
    <main className="welcome">
      <form className="card" onSubmit={enter}>
        <span className="mark" aria-hidden="true" />
        <h1>{isUp ? say('signIn.titleUp') : say('signIn.title')}</h1>
        {invitation === null ? null : <Invited chat={chat} code={invitation} />}
        <Field
          label={say('signIn.username')}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
        />
        {isUp ? <Field label={say('signIn.name')} name="name" autoComplete="name" maxLength={LIMITS.name} /> : null}
        <Field
          label={say('signIn.password')}
          name="password"
          type="password"
          autoComplete={isUp ? 'new-password' : 'current-password'}
          aria-describedby={isUp ? hint : undefined}
          required
        />
        {isUp ? (
          <p id={hint} className="hint">
            {say('signIn.passwordHint')}
          </p>
        ) : null}
        {isCodeWanted ? <Field label={say('signIn.setupCode')} name="setup-code" ref={setupCode} /> : null}
        <Problem text={problem ?? (isEnded && !isTouched ? say('signIn.ended') : null)} />
        <button type="submit" className="button primary wide" disabled={isBusy}>
          {isUp ? say('signIn.up') : say('signIn.in')}
        </button>
        <button type="button" className="link centred" onClick={change}>
          {isUp ? say('signIn.haveAccount') : say('signIn.create')}
        </button>
      </form>
    </main>
  );
}

function wordsOf(refusal: Refusal): string {
  return refusal.code === 'unauthenticated' ? say('signIn.wrong') : wordsOfRefusal(refusal);
}
