// Who invites a visitor, and where to.
import { type Chat, Refusal } from '@kith/sdk';
import { type ReactElement, useEffect, useState } from 'react';
import { isolated, say, useText } from '../../text/text.js';

export function Invited({ chat, code }: { readonly chat: Chat; readonly code: string }): ReactElement {
  useText();
  const [words, setWords] = useState<string | null>(null);
  useEffect(() => {
    let isOver = false;
    void describe(chat, code).then((said) => {
      if (!isOver) setWords(said);
    });
    return () => {
      isOver = true;
    };
  }, [chat, code]);
  return (
    <p className="hint invitation" role="status">
      {words ?? say('invite.looking')}
    </p>
  );
}

async function describe(chat: Chat, code: string): Promise<string> {
  try {
    const { kind, name, inviter } = await chat.readInvite(code);
    const place = kind === 'workspace' ? say('invite.workspace') : isolated(name ?? say('invite.group'));
    return say('invite.described', { inviter: isolated(inviter.name), place });
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    return wordsOfInvite(error);
  }
}

export function wordsOfInvite({ code, message }: Refusal): string {
  switch (code) {
    case 'not_found':
      return say('invite.over');
    case 'unavailable':
      return say('invite.unavailable');
    default:
      return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
  }
}
