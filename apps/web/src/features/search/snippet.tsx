// A part of a message that was found, with the words that were looked for marked.
import type { FoundMessage } from '@kith/protocol';
import type { ReactElement } from 'react';

export function Snippet({ pieces }: { readonly pieces: FoundMessage['snippet'] }): ReactElement {
  return (
    <>
      {pieces.map(({ text, hit }, index) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of a text have no other name
        hit ? <mark key={index}>{text}</mark> : <span key={index}>{text}</span>,
      )}
    </>
  );
}
