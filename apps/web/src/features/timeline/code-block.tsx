// Code in a message: left as it is, read from left to right, and copied whole.
import { Check, Copy } from 'lucide-react';
import { type ReactElement, useState } from 'react';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';

const COPIED_MS = 2_000;

export function CodeBlock({
  code,
  language,
}: {
  readonly code: string;
  readonly language: string | null;
}): ReactElement {
  const say = useText();
  const [isCopied, setCopied] = useState(false);
  function copy(): void {
    void navigator.clipboard?.writeText(code).then(() => {
      setCopied(true);
      setTimeout(() => setCopied(false), COPIED_MS);
    });
  }
  return (
    <figure className="code" dir="ltr">
      <figcaption>
        <span>{language}</span>
        <IconButton
          label={say(isCopied ? 'action.copied' : 'action.copyCode')}
          icon={isCopied ? Check : Copy}
          size={14}
          onClick={copy}
        />
      </figcaption>
      <pre>
        <code>{code}</code>
      </pre>
    </figure>
  );
}
