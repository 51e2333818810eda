// What this device tells of while the page is in the background: the browser's leave, and sounds.
import { type ReactElement, useState } from 'react';
import { notify, useNotices } from '../../shell/notices.js';
import { useText } from '../../text/text.js';

export function NotificationSettings(): ReactElement {
  const say = useText();
  const { isWanted, isSilent } = useNotices();
  const [leave, setLeave] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));
  async function want(isOn: boolean): Promise<void> {
    if (isOn && leave === 'default') setLeave(await Notification.requestPermission());
    notify({ isWanted: isOn });
  }
  const canNotify = leave !== 'denied';
  return (
    <>
      <label className="choice">
        <input
          type="checkbox"
          checked={isWanted && leave === 'granted'}
          disabled={!canNotify}
          onChange={({ target }) => void want(target.checked)}
        />
        <span>{say('notices.show')}</span>
      </label>
      {canNotify ? null : <p className="hint">{say('notices.denied')}</p>}
      <label className="choice">
        <input
          type="checkbox"
          checked={!isSilent}
          disabled={!isWanted || leave !== 'granted'}
          onChange={({ target }) => notify({ isSilent: !target.checked })}
        />
        <span>{say('notices.sound')}</span>
      </label>
      <p className="hint">{say('notices.about')}</p>
    </>
  );
}
