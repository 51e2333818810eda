// Where this person is signed in, to be ended from here.
import type { Session } from '@kith/protocol';
import { useChat } from '@kith/react';
import { type ReactElement, useCallback, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { momentOf } from '../../text/times.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';

export function SessionSettings(): ReactElement {
  const say = useText();
  const chat = useChat();
  const [sessions, setSessions] = useState<readonly Session[]>([]);
  const { problem, isBusy, attempt } = useAttempt();
  const read = useCallback(async () => {
    const { items } = (await chat.request('GET', '/sessions')) as { readonly items: readonly Session[] };
    setSessions(items);
  }, [chat]);
  useEffect(() => attempt(read), [attempt, read]);
  return (
    <>
      <ul className="people" aria-label={say('settings.sessions')}>
        {sessions.map(({ id, device, createdAt, lastUsedAt, current }) => (
          <li key={id}>
            <span className="who">
              <span className="title">{current ? say('sessions.this') : (device ?? say('sessions.other'))}</span>
              <span className="about whole">
                {say('sessions.about', { since: momentOf(createdAt), seen: momentOf(lastUsedAt) })}
              </span>
            </span>
            {current ? null : (
              <button
                type="button"
                className="button danger"
                disabled={isBusy}
                onClick={() =>
                  attempt(async () => {
                    await chat.request('DELETE', `/sessions/${id}`);
                    await read();
                  })
                }
              >
                {say('sessions.end')}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Problem text={problem} />
    </>
  );
}
