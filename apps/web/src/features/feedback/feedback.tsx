// Where a person reports a problem: they see all that is in the report before they copy it, or save it as a file.
import { Clipboard, Download } from 'lucide-react';
import { type ReactElement, useEffect, useState } from 'react';
import { useText } from '../../text/text.js';
import type { SettingsProps } from '../account/settings-dialog.js';
import { readServerVersion, reportOf } from './report.js';

const MOST_UNITS = 4_000;

export function Feedback({ person }: SettingsProps): ReactElement {
  const say = useText();
  const [words, setWords] = useState('');
  const [serverVersion, setServerVersion] = useState('…');
  const [isCopied, setCopied] = useState(false);
  useEffect(() => void readServerVersion().then(setServerVersion), []);
  const report = reportOf({ person, words, serverVersion });

  function save(): void {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(new Blob([report], { type: 'text/plain' }));
    link.download = 'kith-report.txt';
    link.click();
    URL.revokeObjectURL(link.href);
  }

  return (
    <section className="feedback" aria-label={say('feedback.title')}>
      <p>{say('feedback.about')}</p>
      <label className="field">
        <span className="label">{say('feedback.words')}</span>
        <textarea
          className="input"
          rows={4}
          maxLength={MOST_UNITS}
          value={words}
          dir="auto"
          onChange={({ target }) => {
            setWords(target.value);
            setCopied(false);
          }}
        />
      </label>
      <textarea
        className="input report"
        rows={10}
        readOnly
        value={report}
        aria-label={say('feedback.report')}
        dir="ltr"
      />
      <div className="actions">
        <button type="button" className="button" onClick={save}>
          <Download size={16} aria-hidden="true" />
          {say('feedback.save')}
        </button>
        <button
          type="button"
          className="button primary"
          onClick={() => void navigator.clipboard?.writeText(report).then(() => setCopied(true))}
        >
          <Clipboard size={16} aria-hidden="true" />
          {say(isCopied ? 'action.copied' : 'action.copy')}
        </button>
      </div>
    </section>
  );
}
