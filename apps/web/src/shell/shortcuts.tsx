// All keys that do something, in one sheet.
import type { ReactElement } from 'react';
import { type TextKey, useText } from '../text/text.js';
import { Dialog } from '../ui/dialog.js';

const KEYS: readonly (readonly [keys: string, words: TextKey])[] = [
  ['Ctrl K', 'keys.switcher'],
  ['Ctrl F', 'keys.searchHere'],
  ['Ctrl Shift F', 'keys.search'],
  ['Ctrl /', 'keys.sheet'],
  ['Enter', 'keys.send'],
  ['Shift Enter', 'keys.line'],
  ['Ctrl B', 'format.bold'],
  ['Ctrl I', 'format.italic'],
  ['Ctrl Shift X', 'format.struck'],
  ['Ctrl E', 'format.code'],
  ['↑', 'keys.editLast'],
  ['Esc', 'keys.escape'],
  ['↑ ↓', 'keys.list'],
  ['Home', 'keys.older'],
];

export function Shortcuts({ onClose }: { readonly onClose: () => void }): ReactElement {
  const say = useText();
  return (
    <Dialog title={say('keys.title')} onClose={onClose}>
      <dl className="keys">
        {KEYS.map(([keys, words]) => (
          <div key={words}>
            <dt dir="ltr">
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{say(words)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
