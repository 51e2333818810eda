// What went wrong, told as soon as it is there.
import type { ReactElement } from 'react';

export function Problem({ text }: { readonly text: string | null }): ReactElement {
  return (
    <p className="problem" role="alert">
      {text}
    </p>
  );
}
