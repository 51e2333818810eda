// What a group or channel is called, what it is about, and how it is set, for those who may change it.

import { LIMITS, type Summary } from '@kith/protocol';
import type { ConversationView, Person } from '@kith/sdk';
import { type FormEvent, type ReactElement, useEffect, useState } from 'react';
import { makeKey } from '../../make-key.js';
import { type TextKey, useText } from '../../text/text.js';
import { Field } from '../../ui/field.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';

export type PlaceSettingsProps = { readonly person: Person; readonly conversation: ConversationView };

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SLOW: readonly (readonly [ms: number, words: TextKey])[] = [
  [0, 'slow.off'],
  [10_000, 'slow.tenSeconds'],
  [MINUTE_MS, 'slow.minute'],
  [10 * MINUTE_MS, 'slow.tenMinutes'],
];
const DISAPPEAR: readonly (readonly [ms: number, words: TextKey])[] = [
  [0, 'disappear.off'],
  [60 * MINUTE_MS, 'disappear.hour'],
  [DAY_MS, 'disappear.day'],
  [7 * DAY_MS, 'disappear.week'],
  [30 * DAY_MS, 'disappear.month'],
];

type Choices = readonly (readonly [value: string, words: TextKey])[];

const TITLES = {
  visibility: 'place.visibility',
  posting: 'place.posting',
  joining: 'place.joining',
  history: 'place.history',
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
const RETENTION: Choices = [
  ['', 'retention.workspace'],
  ['30', 'retention.month'],
  ['90', 'retention.quarter'],
  ['365', 'retention.year'],
  ['0', 'retention.ever'],
];
const HISTORY: Choices = [
  ['open', 'place.historyOpen'],
  ['closed', 'place.historyClosed'],
];

export function PlaceSettings({ person, conversation }: PlaceSettingsProps): ReactElement {
  const say = useText();
  const { id, kind, head } = conversation;
  const [summary, setSummary] = useState<Summary | null>(null);
  const { problem, isBusy, attempt } = useAttempt();
  // biome-ignore lint/correctness/useExhaustiveDependencies: each entry may have changed a setting
  useEffect(() => {
    attempt(async () => setSummary((await person.command('conversation.read', { conversation: id })).summary));
  }, [attempt, person, id, head]);

  const update = (part: { readonly [setting: string]: unknown }) =>
    attempt(() => person.command('conversation.update', { conversation: id, key: makeKey(), ...part }));

  function save(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const name = String(form.get('name') ?? '').trim();
    const topic = String(form.get('topic') ?? '').trim();
    update({
      ...(name !== '' && name !== summary?.name ? { name } : {}),
      ...(topic === (summary?.topic ?? '') ? {} : { topic: topic === '' ? null : topic }),
    });
  }

  const select = (name: 'slowModeMs' | 'disappearAfterMs', choices: typeof SLOW) => (
    <label className="field">
      <span className="label">{say(name === 'slowModeMs' ? 'slow.title' : 'disappear.title')}</span>
      <select
        className="input"
        value={summary?.[name] ?? 0}
        disabled={isBusy || summary === null}
        onChange={(event) => update({ [name]: Number(event.target.value) })}
      >
        {choices.map(([ms, words]) => (
          <option key={ms} value={ms}>
            {say(words)}
          </option>
        ))}
      </select>
    </label>
  );
  const choose = (name: keyof typeof TITLES, value: string, choices: Choices) => (
    <label className="field">
      <span className="label">{say(TITLES[name])}</span>
      <select
        className="input"
        value={value}
        disabled={isBusy}
        onChange={(event) =>
          update({ [name]: name === 'retentionDays' ? daysIn(event.target.value) : event.target.value })
        }
      >
        {choices.map(([choice, words]) => (
          <option key={choice} value={choice}>
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
      {select('slowModeMs', SLOW)}
      {select('disappearAfterMs', DISAPPEAR)}
      {choose('retentionDays', String(summary.retentionDays ?? ''), RETENTION)}
      <label className="choice">
        <input
          type="checkbox"
          checked={summary.archived === true}
          disabled={isBusy}
          onChange={(event) => update({ archived: event.target.checked })}
        />
        <span>{say('place.archived')}</span>
      </label>
      <Problem text={problem} />
    </section>
  );
}

/** Null is as the workspace has it. */
function daysIn(choice: string): number | null {
  return choice === '' ? null : Number(choice);
}
