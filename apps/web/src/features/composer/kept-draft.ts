// What somebody has begun to write, kept in their own log: it is there again after a reload and on their other devices. It is
// written down when they pause or go elsewhere, and taken back when it was sent.
import type { Person, ShownItem } from '@kith/sdk';
import { useEffect, useRef } from 'react';
import { draftName, draftOf } from '../conversations/own-marks.js';

/** A pause in typing. */
const PAUSE_MS = 1_500;

export type KeptDraftParts = {
  readonly person: Person;
  readonly conversation: string;
  readonly text: string;
  readonly replied: ShownItem | null;
  readonly setText: (text: string) => void;
};

export function useKeptDraft({ person, conversation, text, replied, setText }: KeptDraftParts): void {
  const now = useRef({ text, replyTo: replied?.seq });
  now.current = { text, replyTo: replied?.seq };
  /** What this field and the log agreed on last: only what differs from it is news. */
  const agreed = useRef('');

  // What another device, or the run before, has begun.
  useEffect(() => {
    const take = () => {
      const kept = draftOf(person.settings.getSnapshot(), conversation)?.text ?? '';
      if (kept === agreed.current) return;
      if (now.current.text === agreed.current) setText(kept);
      agreed.current = kept;
    };
    take();
    return person.settings.subscribe(take);
  }, [person, conversation, setText]);

  useEffect(() => {
    if (text === agreed.current) return;
    const timer = setTimeout(() => keep(), text === '' ? 0 : PAUSE_MS);
    return () => clearTimeout(timer);
    function keep(): void {
      agreed.current = text;
      void write(person, conversation, text);
    }
  }, [person, conversation, text]);

  // Gone elsewhere before the pause was over.
  useEffect(
    () => () => {
      const { text: last } = now.current;
      if (last === agreed.current) return;
      agreed.current = last;
      void write(person, conversation, last);
    },
    [person, conversation],
  );
}

async function write(person: Person, conversation: string, text: string): Promise<void> {
  if (person.self === null) return;
  await person.set(draftName(conversation), text.trim() === '' ? null : { text });
}
