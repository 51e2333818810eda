// Says that another build waits, and takes it when it is asked to.
import { RefreshCw } from 'lucide-react';
import type { ReactElement } from 'react';
import { useText } from '../text/text.js';
import { update, useUpdate } from './registration.js';

export function UpdateLine(): ReactElement | null {
  const say = useText();
  const { waiting } = useUpdate();
  if (waiting === null) return null;
  return (
    <p className="connection" role="status">
      <RefreshCw size={16} aria-hidden="true" />
      <span>{say('update.there')}</span>{' '}
      <button type="button" className="link" onClick={update}>
        {say('update.take')}
      </button>
    </p>
  );
}
