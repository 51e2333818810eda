// Coming in by the page's tokens: a token that is refused (it may have been too old) is asked for once more, a server that is
// away is tried again after a while, and for the rest somebody has to do something.
import { useChat, useSession } from '@kith/react';
import { type Chat, Refusal } from '@kith/sdk';
import { useCallback, useEffect, useRef, useState } from 'react';
import { type HostLink, NobodyError } from './host-link.js';

/** `nobody` is signed in on the site; its word is `refused`; the server is `away`. */
export type EntryProblem = 'nobody' | 'refused' | 'away';

const TRIES = 2;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 60_000;

export function useEntry(link: HostLink): { readonly problem: EntryProblem | null; readonly again: () => void } {
  const chat = useChat();
  const session = useSession();
  const [problem, setProblem] = useState<EntryProblem | null>(null);
  const isEntering = useRef(false);
  const pauseMs = useRef(FIRST_PAUSE_MS);
  const again = useCallback(() => {
    if (isEntering.current) return;
    isEntering.current = true;
    void enter(chat, link)
      .then((found) => {
        if (found === null) pauseMs.current = FIRST_PAUSE_MS;
        setProblem(found);
      })
      .finally(() => {
        isEntering.current = false;
      });
  }, [chat, link]);
  useEffect(again, [again]);
  const isEnded = session.kind === 'signed_out' && session.isEnded;
  useEffect(() => {
    if (isEnded) again();
  }, [isEnded, again]);
  useEffect(() => {
    if (problem !== 'away') return;
    const next = () => {
      pauseMs.current = Math.min(pauseMs.current * 2, LONGEST_PAUSE_MS);
      again();
    };
    const timer = setInterval(next, pauseMs.current);
    window.addEventListener('online', next);
    return () => {
      clearInterval(timer);
      window.removeEventListener('online', next);
    };
  }, [problem, again]);
  return { problem, again };
}

/** @returns what keeps one out; null where one is in */
async function enter(chat: Chat, link: HostLink): Promise<EntryProblem | null> {
  let isNobody = false;
  const ask = () =>
    link.ask().catch(async (error: unknown) => {
      isNobody = error instanceof NobodyError;
      // Also in the middle of a session: who is signed out there is here, too.
      if (isNobody && chat.person.getSnapshot() !== null) await chat.signOut();
      throw error;
    });
  for (let tried = 1; ; tried += 1) {
    try {
      // biome-ignore lint/correctness/useHookAtTopLevel: it is the SDK's, and no hook
      await chat.useToken(ask);
      return null;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (isNobody) return 'nobody';
      const isRefused = error.code === 'unauthenticated';
      if (isRefused && tried < TRIES) continue;
      if (!isRefused && error.retry === 'same_key') return 'away';
      // For the site's developers: nobody else can do anything about it.
      console.warn('Kith: the token was refused:', error.message);
      return 'refused';
    }
  }
}
