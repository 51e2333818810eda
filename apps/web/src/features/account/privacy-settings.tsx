// What others see of this person: who doesn't give doesn't get (V2 to V5).
import { useSettings } from '@kith/react';
import type { ReactElement } from 'react';
import { type TextKey, useText } from '../../text/text.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { BlockedPeople } from './blocked-people.js';
import type { SettingsProps } from './settings-dialog.js';

const SWITCHES: readonly (readonly [name: string, words: TextKey])[] = [
  ['privacy:presence', 'privacy.presence'],
  ['privacy:lastSeen', 'privacy.lastSeen'],
  ['privacy:receipts', 'privacy.receipts'],
  ['privacy:typing', 'privacy.typing'],
];

export function PrivacySettings({ person }: SettingsProps): ReactElement {
  const say = useText();
  const settings = useSettings();
  const { problem, isBusy, attempt } = useAttempt();
  return (
    <>
      <p className="hint">{say('privacy.about')}</p>
      {SWITCHES.map(([name, words]) => (
        <label key={name} className="choice">
          <input
            type="checkbox"
            checked={settings.get(name) !== false}
            disabled={isBusy}
            onChange={({ target }) => attempt(() => person.set(name, target.checked ? null : false))}
          />
          <span>{say(words)}</span>
        </label>
      ))}
      <Problem text={problem} />
      <BlockedPeople person={person} />
    </>
  );
}
