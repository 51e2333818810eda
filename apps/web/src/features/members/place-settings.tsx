// What a group or channel is called, what it is about, and how it is set, for those who may change it.

import { LIMITS, type Summary } from '@kith/protocol';
import type { ConversationView, Person } from '@kith/sdk';
import { type FormEvent, type ReactElement, useEffect, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { type TextKey, useText } from '../../text/text.js';
import { ConfirmDialog } from '../../ui/confirm-dialog.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';

export type PlaceSettingsProps = { readonly person: Person; readonly conversation: ConversationView };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** What can be chosen, as the contract has it, and in words. */
type Choices = readonly (readonly [value: string | number | null, words: TextKey])[];

const TITLES = {
  visibility: 'place.visibility',
  posting: 'place.posting',
  joining: 'place.joining',
  history: 'place.history',
  slowModeMs: 'slow.title',
  disappearAfterMs: 'disappear.title',
  retentionDays: 'place.retention',
} as const;
const VISIBILITY: Choices = [
  ['public', 'place.public'],
  ['private', 'place.private'],
];
const POSTING: Choices = [
  ['members', 'place.allWrite'],
  ['moderators', 'place.moderatorsWrite'],
];
const JOINING: Choices = [
  ['member', 'place.asMembers'],
  ['reader', 'place.asReaders'],
];
const HISTORY: Choices = [
  ['open', 'place.historyOpen'],
  ['closed', 'place.historyClosed'],
];
const SLOW: Choices = [
  [0, 'slow.off'],
  [10_000, 'slow.tenSeconds'],
  [MINUTE_MS, 'slow.minute'],
  [10 * MINUTE_MS, 'slow.tenMinutes'],
];
const DISAPPEAR: Choices = [
  [0, 'disappear.off'],
  [60 * MINUTE_MS, 'disappear.hour'],
  [DAY_MS, 'disappear.day'],
  [7 * DAY_MS, 'disappear.week'],
  [30 * DAY_MS, 'disappear.month'],
];
const RETENTION: Choices = [
  [null, 'retention.workspace'],
  [30, 'retention.month'],
  [90, 'retention.quarter'],
  [365, 'retention.year'],
  [0, 'retention.ever'],
];

export function PlaceSettings({ person, conversation }: PlaceSettingsProps): ReactElement {
  const say = useText();
  const { id, kind, head } = conversation;
  const [summary, setSummary] = useState<Summary | null>(null);
  /** That were chosen, and would remove what is older. */
  const [days, setDays] = useState<number | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each entry may have changed a setting
  useEffect(() => {
    attempt(async () => setSummary((await person.command('conversation.read', { conversation: id })).summary));
  }, [attempt, person, id, head]);

  const update = (part: { readonly [setting: string]: unknown }) =>
    person.command('conversation.update', { conversation: id, key: makeKey(), ...part });

  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name') ?? '').trim();
    const topic = String(form.get('topic') ?? '').trim();
    const wanted = {
      ...(name !== '' && name !== summary?.name ? { name } : {}),
      ...(topic === (summary?.topic ?? '') ? {} : { topic: topic === '' ? null : topic }),
    };
    attempt(() => update(wanted));
  }

  const choose = (name: keyof typeof TITLES, value: Choices[number][0], choices: Choices) => (
    <label className="field">
      <span className="label">{say(TITLES[name])}</span>
      <select
        className="input"
        value={choices.findIndex(([choice]) => choice === value)}
        disabled={isBusy}
        onChange={({ target }) => {
          const wanted = choices[Number(target.value)]?.[0];
          if (name === 'retentionDays' && typeof wanted === 'number' && wanted > 0) setDays(wanted);
          else attempt(() => update({ [name]: wanted }));
        }}
      >
        {choices.map(([choice, words], place) => (
          <option key={choice} value={place}>
            {say(words)}
          </option>
        ))}
      </select>
    </label>
  );
  if (summary === null) return <Problem text={problem} />;
  return (
    <section aria-label={say('place.title')}>
      <form key={`${summary.name} ${summary.topic}`} className="place-form" onSubmit={save}>
        <Field
          label={say(kind === 'channel' ? 'new.channelName' : 'new.groupName')}
          name="name"
          maxLength={LIMITS.name}
          defaultValue={summary.name ?? ''}
        />
        <Field label={say('place.topic')} name="topic" maxLength={LIMITS.topic} defaultValue={summary.topic ?? ''} />
        <button type="submit" className="button" disabled={isBusy}>
          {say('action.save')}
        </button>
      </form>
      {kind === 'channel' ? (
        <>
          {choose('visibility', summary.visibility ?? 'private', VISIBILITY)}
          {choose('posting', summary.posting ?? 'members', POSTING)}
          {choose('joining', summary.joining ?? 'member', JOINING)}
        </>
      ) : null}
      {choose('history', summary.history ?? 'open', HISTORY)}
      {choose('slowModeMs', summary.slowModeMs ?? 0, SLOW)}
      {choose('disappearAfterMs', summary.disappearAfterMs ?? 0, DISAPPEAR)}
      {choose('retentionDays', summary.retentionDays ?? null, RETENTION)}
      <label className="choice">
        <input
          type="checkbox"
          checked={summary.archived === true}
          disabled={isBusy}
          onChange={({ target }) => attempt(() => update({ archived: target.checked }))}
        />
        <span>{say('place.archived')}</span>
      </label>
      <Problem text={problem} />
      {days === null ? null : (
        <ConfirmDialog
          title={say('retention.ask')}
          about={say('retention.askDays', { days })}
          action={say('retention.do')}
          onAgreed={() => update({ retentionDays: days })}
          onClose={() => setDays(null)}
        />
      )}
    </section>
  );
}
