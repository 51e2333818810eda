// Somebody else: their name, what this person keeps of them, and blocking.
import { type Contact, LIMITS } from '@kith/protocol';
import { usePresence, useSettings, useUser } from '@kith/react';
import type { Person } from '@kith/sdk';
import { Ban, Star } from 'lucide-react';
import type { FormEvent, ReactElement } from 'react';
import { isolated, useText } from '../../text/text.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { presenceWords } from '../people/presence-words.js';

export function AboutPerson({ person, user }: { readonly person: Person; readonly user: string }): ReactElement {
  const say = useText();
  const profile = useUser(user);
  const settings = useSettings();
  const presence = usePresence([user]).get(user);
  const { problem, isBusy, attempt } = useAttempt();
  const contact = settings.get(`contact:${user}`) as Contact | undefined;
  const isBlocked = settings.get(`block:${user}`) === true;
  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name') ?? '').trim();
    const note = String(form.get('note') ?? '').trim();
    attempt(() =>
      person.set(`contact:${user}`, {
        ...(contact?.favourite ? { favourite: true } : {}),
        ...(name === '' ? {} : { name }),
        ...(note === '' ? {} : { note }),
      }),
    );
  }
  return (
    <section className="about-person" aria-label={say('about.title')}>
      <p className="hint">
        {[
          profile?.username ? isolated(`@${profile.username}`) : '',
          presence ? presenceWords(presence, Date.now()) : '',
        ]
          .filter(Boolean)
          .join(' · ')}
      </p>
      <div className="details-actions">
        <button
          type="button"
          className="button"
          aria-pressed={contact?.favourite === true}
          disabled={isBusy}
          onClick={() =>
            attempt(() => person.set(`contact:${user}`, { ...contact, favourite: contact?.favourite !== true }))
          }
        >
          <Star size={16} aria-hidden="true" />
          {say(contact?.favourite ? 'about.noFavourite' : 'about.favourite')}
        </button>
        <button
          type="button"
          className="button danger"
          aria-pressed={isBlocked}
          disabled={isBusy}
          onClick={() => attempt(() => person.set(`block:${user}`, isBlocked ? null : true))}
        >
          <Ban size={16} aria-hidden="true" />
          {say(isBlocked ? 'about.unblock' : 'about.block')}
        </button>
      </div>
      <form key={JSON.stringify(contact ?? null)} className="place-form" onSubmit={save}>
        <Field label={say('about.name')} name="name" maxLength={LIMITS.name} defaultValue={contact?.name ?? ''} />
        <Field label={say('about.note')} name="note" maxLength={LIMITS.note} defaultValue={contact?.note ?? ''} />
        <button type="submit" className="button" disabled={isBusy}>
          {say('action.save')}
        </button>
      </form>
      <Problem text={problem} />
    </section>
  );
}
