// Who types in the open conversation. It keeps its place, so that nothing jumps when somebody begins.
import { useTyping } from '@kith/react';
import type { ReactElement } from 'react';
import { useText } from '../../text/text.js';
import { useNames } from '../people/names.js';
import { typingWords } from '../people/typing-words.js';

export function TypingLine({ conversation }: { readonly conversation: string }): ReactElement {
  useText();
  const typists = useTyping(conversation);
  const names = useNames(typists);
  const words = typingWords([...names.values()]);
  return (
    <p className="typing" role="status">
      {words === '' ? null : <span className="dots" aria-hidden="true" />}
      {words}
    </p>
  );
}
