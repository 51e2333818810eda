// Code in a message: left as it is, read from left to right, and copied whole. Its colours come when they are loaded.
import { Check, Copy } from 'lucide-react';
import { Component, lazy, type ReactElement, type ReactNode, Suspense, useState } from 'react';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';

const HighlightedCode = lazy(async () => ({ default: (await import('./highlighted-code.js')).HighlightedCode }));

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
        <code>
          {language === null ? (
            code
          ) : (
            <Uncoloured code={code}>
              <Suspense fallback={code}>
                <HighlightedCode code={code} language={language} />
              </Suspense>
            </Uncoloured>
          )}
        </code>
      </pre>
    </figure>
  );
}

type UncolouredProps = { readonly code: string; readonly children: ReactNode };

/** Without its colours where they can't be had: a code that is read matters more. */
class Uncoloured extends Component<UncolouredProps, { readonly isPlain: boolean }> {
  override state = { isPlain: false };

  static getDerivedStateFromError(): { readonly isPlain: boolean } {
    return { isPlain: true };
  }

  override render(): ReactNode {
    return this.state.isPlain ? this.props.code : this.props.children;
  }
}
