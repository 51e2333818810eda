// The one accent of the workspace, out of eight (LK1): chosen here, and seen by everybody when it is saved.
import { ACCENTS } from '@kith/protocol';
import type { WorkspaceLook } from '@kith/sdk/look/look';
import { Check } from 'lucide-react';
import { type FormEvent, type ReactElement, useSyncExternalStore } from 'react';
import { useLook } from '../../shell/workspace-look.js';
import { useText } from '../../text/text.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';

export function WorkspaceAccent(): ReactElement | null {
  const { look } = useLook();
  return look === null ? null : <AccentChoice look={look} />;
}

function AccentChoice({ look }: { readonly look: WorkspaceLook }): ReactElement {
  const say = useText();
  const accent = useSyncExternalStore(look.accent.subscribe, look.accent.getSnapshot);
  const { problem, isBusy, attempt } = useAttempt();

  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const chosen = new FormData(event.currentTarget).get('accent');
    if (typeof chosen === 'string') attempt(() => look.set(chosen));
  }
  return (
    <section aria-label={say('accent.title')}>
      <h3>{say('accent.title')}</h3>
      <p className="hint">{say('accent.about')}</p>
      <form key={accent} className="place-form" onSubmit={save}>
        <fieldset className="swatches">
          <legend className="unseen">{say('accent.title')}</legend>
          {ACCENTS.map((one) => (
            <label key={one} data-accent={one} title={say(`accent.${one}`)}>
              <input type="radio" name="accent" value={one} defaultChecked={one === accent} required />
              <span className="unseen">{say(`accent.${one}`)}</span>
              <Check aria-hidden="true" />
            </label>
          ))}
        </fieldset>
        <button type="submit" className="button" disabled={isBusy}>
          {say('action.save')}
        </button>
      </form>
      <Problem text={problem} />
    </section>
  );
}
