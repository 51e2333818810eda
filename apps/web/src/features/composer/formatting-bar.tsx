// What the keys do, as buttons, and below them how the message will look. Loaded when it is first opened.
import { Bold, Code, Italic, Link, List, ListOrdered, type LucideIcon, Strikethrough, TextQuote } from 'lucide-react';
import { type ReactElement, type RefObject, useDeferredValue, useMemo } from 'react';
import { type TextKey, useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { elementsOf } from '../timeline/markdown.js';
import { type Change, linked, listed, marked, put, type Selected } from './editing.js';

type Action = readonly [label: TextKey, icon: LucideIcon, change: (selected: Selected) => Change];

const ACTIONS: readonly Action[] = [
  ['format.bold', Bold, (selected) => marked(selected, 'bold')],
  ['format.italic', Italic, (selected) => marked(selected, 'italic')],
  ['format.struck', Strikethrough, (selected) => marked(selected, 'struck')],
  ['format.code', Code, (selected) => marked(selected, 'code')],
  ['format.link', Link, linked],
  ['format.list', List, (selected) => listed(selected, '- ')],
  ['format.numbers', ListOrdered, (selected) => listed(selected, '1. ')],
  ['format.quote', TextQuote, (selected) => listed(selected, '> ')],
];

export type FormattingBarProps = { readonly input: RefObject<HTMLTextAreaElement | null>; readonly text: string };

export function FormattingBar({ input, text }: FormattingBarProps): ReactElement {
  const say = useText();
  const late = useDeferredValue(text);
  const preview = useMemo(() => elementsOf(late), [late]);
  return (
    <div className="formatting">
      <div className="formatting-keys" role="toolbar" aria-label={say('format.title')}>
        {ACTIONS.map(([label, icon, change]) => (
          <IconButton
            key={label}
            label={say(label)}
            icon={icon}
            size={18}
            // The field keeps what is chosen in it, and a phone its keyboard.
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => {
              const field = input.current;
              if (field) put(field, change(selectedIn(field)));
            }}
          />
        ))}
      </div>
      {late.trim() === '' ? null : (
        <section className="text preview" dir="auto" aria-label={say('format.preview')}>
          {preview}
        </section>
      )}
    </div>
  );
}

function selectedIn({ value, selectionStart, selectionEnd }: HTMLTextAreaElement): Selected {
  return { text: value, start: selectionStart, end: selectionEnd };
}
