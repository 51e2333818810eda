// Slash commands in the field: read when somebody first types one here, and with them what bots answer to this person alone.
import type { Answer, SlashCommand } from '@kith/protocol';
import { useObservable } from '@kith/react';
import type { Person } from '@kith/sdk';
import type { SlashCommands, SlashCommandsView } from '@kith/sdk/apps/slash-commands';
import { useEffect, useRef, useState } from 'react';
import { makeKey } from '../../make-key.js';

const NONE: SlashCommandsView = { commands: [], users: {}, answers: [], isLoading: false, error: null };

export type Slash = {
  readonly answers: readonly Answer[];
  /** Commands that begin with what stands behind the slash. */
  readonly starting: (word: string) => readonly SlashCommand[];
  /** Whether a text is a command of this conversation, and no message. */
  readonly isCommand: (text: string) => boolean;
  /** @throws Refusal */
  readonly invoke: (text: string) => Promise<unknown>;
  readonly dismiss: (answer: string) => void;
};

export function useSlash(person: Person, conversation: string, text: string): Slash {
  const [isWanted, setWanted] = useState(false);
  const [slash, setSlash] = useState<SlashCommands | null>(null);
  const view = useObservable(slash?.view ?? null, NONE);
  // Where an answer was lost, the same text asks the same again.
  const asked = useRef<{ readonly text: string; readonly key: string } | null>(null);
  if (!isWanted && text.startsWith('/')) setWanted(true);
  useEffect(() => {
    if (!isWanted) return;
    let isOver = false;
    let made: SlashCommands | null = null;
    void import('@kith/sdk/apps/slash-commands').then(({ SlashCommands: Made }) => {
      if (isOver) return;
      made = new Made(person, conversation);
      setSlash(made);
    });
    return () => {
      isOver = true;
      made?.close();
      setSlash(null);
    };
  }, [isWanted, person, conversation]);
  return {
    answers: view.answers,
    starting: (word) => view.commands.filter(({ name }) => name.startsWith(word)),
    isCommand: (typed) => slash?.isCommand(typed) ?? false,
    invoke: async (typed) => {
      if (asked.current?.text !== typed) asked.current = { text: typed, key: makeKey() };
      await slash?.invoke(typed, asked.current.key);
      asked.current = null;
    },
    dismiss: (answer) => slash?.dismiss(answer),
  };
}
