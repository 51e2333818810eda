// One line that says how the way to the server is, and only where it is worth a word: a connection that comes within a second
// is none, and one that was lost is said to be back for three.
import { useConnection, useStorage } from '@kith/react';
import { CloudOff, RefreshCw, Wifi } from 'lucide-react';
import { type ReactElement, useEffect, useRef, useState } from 'react';
import { UpdateLine } from '../pwa/update-line.js';
import { type TextKey, useText } from '../text/text.js';

const CONNECTING_MS = 1_000;
const BACK_MS = 3_000;

/** How it stands with the connection, and with what is kept. */
export function StateLines(): ReactElement {
  return (
    <>
      <ConnectionLine />
      <StorageLine />
      <UpdateLine />
    </>
  );
}

function ConnectionLine(): ReactElement {
  const say = useText();
  const { kind, why } = useLink();
  const [words, setWords] = useState<TextKey | null>(null);
  const wasLost = useRef(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    if (kind === 'open') {
      setWords(wasLost.current ? 'link.back' : null);
      wasLost.current = false;
      timer = setTimeout(() => setWords(null), BACK_MS);
    } else if (kind === 'connecting') {
      timer = setTimeout(() => setWords(wasLost.current ? 'link.lost' : 'link.connecting'), CONNECTING_MS);
    } else if (kind === 'waiting') {
      wasLost.current = true;
      setWords('link.lost');
    } else {
      setWords(why === 'outdated' ? 'link.outdated' : null);
    }
    return () => clearTimeout(timer);
  }, [kind, why]);
  const Icon = words === 'link.back' ? Wifi : words === 'link.lost' ? CloudOff : RefreshCw;
  return (
    <p className="connection" role="status" hidden={words === null}>
      {words === null ? null : (
        <>
          <Icon size={16} aria-hidden="true" />
          <span>{say(words)}</span>
        </>
      )}
    </p>
  );
}

function useLink(): { readonly kind: string; readonly why: string | null } {
  const link = useConnection();
  return { kind: link.kind, why: link.kind === 'stopped' ? link.why : null };
}

/** Where this browser doesn't keep what is written: what is lost with the page is said before it is. */
function StorageLine(): ReactElement | null {
  const say = useText();
  const status = useStorage();
  if (status.kind === 'durable') return null;
  return (
    <p className="hint storage" role="status">
      {say(status.reason === 'full' ? 'storage.full' : 'storage.none')}
    </p>
  );
}
