// How long the workspace keeps messages, whether conversations may keep them for longer, and of which everything is kept
// whatever is set (RT1, RT4). What would remove messages asks before it does.
import { LIMITS, type Retention } from '@kith/protocol';
import { useChat, useConversations } from '@kith/react';
import { type FormEvent, type ReactElement, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import { ConfirmDialog } from '../../ui/confirm-dialog.js';
import { Dialog } from '../../ui/dialog.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { ConversationChoice } from '../conversations/conversation-choice.js';
import { titleOfPlace } from '../conversations/titles.js';
import { nameOf } from '../people/names.js';
import type { OwnRole } from './workspace-people.js';

const PATH = '/workspace/retention';
const MOST_DAYS = 36_500;

type Wish = Pick<Retention, 'days' | 'longer'> & { readonly kept?: readonly string[] };

export function WorkspaceRetention({ person, own }: OwnRole): ReactElement | null {
  const say = useText();
  const chat = useChat();
  const conversations = useConversations();
  const [policy, setPolicy] = useState<Retention | null>(null);
  const [isForEver, setForEver] = useState(true);
  const [wish, setWish] = useState<Wish | null>(null);
  const [query, setQuery] = useState<string | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  const take = (read: unknown) => {
    setPolicy(read as Retention);
    setForEver((read as Retention).days === null);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: read once
  useEffect(() => attempt(async () => take(await chat.request('GET', PATH))), [attempt, chat]);
  const set = async (wanted: Wish) => take(await chat.request('PUT', PATH, wanted));

  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    if (policy === null) return;
    const form = new FormData(event.currentTarget);
    const wanted = { days: isForEver ? null : Number(form.get('days')), longer: form.get('longer') !== null };
    const isShorter = wanted.days !== null && wanted.days < (policy.days ?? Number.POSITIVE_INFINITY);
    if (isShorter || (policy.longer && !wanted.longer)) setWish(wanted);
    else attempt(() => set(wanted));
  }
  const keep = (kept: readonly string[]) =>
    policy === null ? undefined : attempt(() => set({ days: policy.days, longer: policy.longer, kept }));
  const titleOf = (id: string) => {
    const known = conversations.find((one) => one.id === id);
    if (known === undefined) return id;
    return known.kind === 'direct' && known.peer !== null ? nameOf(person, known.peer) : titleOfPlace(known);
  };
  if (policy === null) return <Problem text={problem} />;
  const { days, longer, kept } = policy;
  return (
    <section aria-label={say('retention.title')}>
      <h3>{say('retention.title')}</h3>
      <form key={`${days} ${longer}`} className="place-form" onSubmit={save}>
        <label className="field">
          <span className="label">{say('place.retention')}</span>
          <select
            className="input"
            value={isForEver ? 'ever' : 'days'}
            onChange={({ target }) => setForEver(target.value === 'ever')}
          >
            <option value="ever">{say('retention.ever')}</option>
            <option value="days">{say('retention.forDays')}</option>
          </select>
        </label>
        {isForEver ? null : (
          <Field
            label={say('retention.days')}
            name="days"
            type="number"
            min={1}
            max={MOST_DAYS}
            step={1}
            defaultValue={days ?? 365}
            required
          />
        )}
        <label className="choice">
          <input type="checkbox" name="longer" defaultChecked={longer} />
          <span>{say('retention.longer')}</span>
        </label>
        <button type="submit" className="button" disabled={isBusy}>
          {say('action.save')}
        </button>
      </form>
      {own === 'owner' ? (
        <>
          <h4>{say('retention.kept')}</h4>
          <p className="hint">{say('retention.keptAbout')}</p>
          <ul className="people" aria-label={say('retention.kept')}>
            {kept.map((id) => (
              <li key={id}>
                <span className="who">
                  <bdi>{titleOf(id)}</bdi>
                </span>
                <button
                  type="button"
                  className="link"
                  aria-label={say('retention.noMoreKept', { name: titleOf(id) })}
                  disabled={isBusy}
                  onClick={() => keep(kept.filter((other) => other !== id))}
                >
                  {say('retention.letGo')}
                </button>
              </li>
            ))}
          </ul>
          <button
            type="button"
            className="button"
            disabled={isBusy || kept.length >= LIMITS.kept}
            onClick={() => setQuery('')}
          >
            {say('retention.keep')}
          </button>
        </>
      ) : null}
      <Problem text={problem} />
      {wish === null ? null : (
        <ConfirmDialog
          title={say('retention.ask')}
          about={wish.days === null ? say('retention.askEver') : say('retention.askDays', { days: wish.days })}
          action={say('retention.do')}
          onAgreed={() => set(wish)}
          onClose={() => setWish(null)}
        />
      )}
      {query === null ? null : (
        <Dialog title={say('retention.keep')} onClose={() => setQuery(null)}>
          <ConversationChoice
            conversations={conversations.filter(({ id }) => !kept.includes(id))}
            query={query}
            isBusy={isBusy}
            onQuery={setQuery}
            onChoose={(id) => {
              setQuery(null);
              keep([...kept, id]);
            }}
          />
        </Dialog>
      )}
    </section>
  );
}
