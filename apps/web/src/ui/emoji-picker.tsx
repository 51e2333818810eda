// Every emoji there is, found by its name in the reader's language where that is one of ours; the data comes from this server.
import { type Locale, EmojiPicker as Picker } from 'frimousse';
import type { ReactElement } from 'react';
import { language, useText } from '../text/text.js';

export function EmojiPicker({ onChoose }: { readonly onChoose: (emoji: string) => void }): ReactElement {
  const say = useText();
  const locale: Locale = language() === 'de' ? 'de' : 'en';
  return (
    <Picker.Root
      className="emoji-picker"
      locale={locale}
      columns={matchMedia('(pointer: coarse)').matches ? 7 : 8}
      emojibaseUrl={`${location.origin}/emoji`}
      onEmojiSelect={({ emoji }) => onChoose(emoji)}
    >
      <Picker.Search className="input" placeholder={say('emoji.find')} aria-label={say('emoji.find')} />
      <Picker.Viewport className="emoji-view" tabIndex={0}>
        <Picker.Loading className="hint">{say('emoji.loading')}</Picker.Loading>
        <Picker.Empty className="hint">{say('emoji.none')}</Picker.Empty>
        <Picker.List
          components={{
            CategoryHeader: ({ category, ...rest }) => (
              <div className="emoji-category" {...rest}>
                {category.label}
              </div>
            ),
            Row: ({ children, ...rest }) => (
              <div className="emoji-row" {...fromOne('aria-rowindex', rest)}>
                {children}
              </div>
            ),
            Emoji: ({ emoji, ...rest }) => (
              <button
                type="button"
                className={emoji.isActive ? 'emoji active' : 'emoji'}
                {...fromOne('aria-colindex', rest)}
              >
                {emoji.emoji}
              </button>
            ),
          }}
        />
      </Picker.Viewport>
    </Picker.Root>
  );
}

/** Rows and columns of a grid are counted from 1; the library counts from 0. */
function fromOne<
  Name extends 'aria-rowindex' | 'aria-colindex',
  Rest extends { readonly [name in Name]?: number | undefined },
>(name: Name, rest: Rest): Rest {
  return { ...rest, [name]: (rest[name] ?? 0) + 1 };
}
