// Instead of the conversation's head while messages are chosen: how many, and what is done with them.
import type { Person } from '@kith/sdk';
import { Copy, X } from 'lucide-react';
import { type ReactElement, useEffect } from 'react';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { nameOf } from '../people/names.js';
import { endChoosing, useChoosing } from './choosing.js';
import { transcriptOf } from './transcript.js';

export function ChoosingHead({ person }: { readonly person: Person }): ReactElement {
  const say = useText();
  const { chosen } = useChoosing();
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) endChoosing();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
  useEffect(() => endChoosing, []);
  function copy(): void {
    const text = transcriptOf(chosen.values(), (user) => nameOf(person, user));
    void navigator.clipboard?.writeText(text).then(endChoosing);
  }
  return (
    <header className="choosing-head">
      <IconButton label={say('copy.cancel')} icon={X} onClick={endChoosing} />
      <h2 aria-live="polite">{say('copy.chosen', { count: chosen.size })}</h2>
      <button type="button" className="button primary" disabled={chosen.size === 0} onClick={copy}>
        <Copy size={16} aria-hidden="true" />
        {say('action.copy')}
      </button>
    </header>
  );
}
