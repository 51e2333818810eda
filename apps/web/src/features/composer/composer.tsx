// Where a message is written: Enter sends, Shift and Enter begins a line and goes on with a list, arrow up in an empty field edits
// the last one; keys and what is pasted become Markdown. Works without a connection; what isn't sent stays where it was begun, on
// all devices of the person.
import { useComposer } from '@kith/react';
import type { ConversationView, Person, ShownItem } from '@kith/sdk';
import { ChartBarBig, Clock, SendHorizontal, Smile, Type } from 'lucide-react';
import {
  type ClipboardEvent,
  type KeyboardEvent,
  lazy,
  type ReactElement,
  Suspense,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import { isEmbedded } from '../../shell/route.js';
import { useText } from '../../text/text.js';
import { IconButton } from '../../ui/icon-button.js';
import { Problem } from '../../ui/problem.js';
import { useAttempt } from '../../ui/use-attempt.js';
import { About } from './about.js';
import { Answers } from './answers.js';
import { Completion, useCompletion } from './completion.js';
import { continued, marked, markOf, put } from './editing.js';
import { useKeptDraft } from './kept-draft.js';
import { LengthLeft, lengthLeft } from './length-left.js';
import { mentionsIn, type Named } from './mentions.js';
import { useSlash } from './slash.js';

const EmojiPopover = lazy(async () => ({ default: (await import('./emoji-popover.js')).EmojiPopover }));
const FormattingBar = lazy(async () => ({ default: (await import('./formatting-bar.js')).FormattingBar }));
const PollDialog = lazy(async () => ({ default: (await import('../polls/poll-dialog.js')).PollDialog }));
const ScheduleDialog = lazy(async () => ({ default: (await import('./schedule-dialog.js')).ScheduleDialog }));

export type ComposerProps = {
  readonly person: Person;
  readonly conversation: ConversationView;
  readonly replied: ShownItem | null;
  readonly edited: ShownItem | null;
  readonly onReplied: (item: ShownItem | null) => void;
  readonly onEdited: (item: ShownItem | null) => void;
  /** What the timeline above shows. */
  readonly shown: { readonly current: readonly ShownItem[] };
};

export function Composer(props: ComposerProps): ReactElement {
  const { person, conversation, replied, edited, onReplied, onEdited, shown } = props;
  const { id } = conversation;
  const say = useText();
  const composer = useComposer(id);
  const [editText, setEditText] = useState('');
  const [named, setNamed] = useState<readonly Named[]>([]);
  const [opened, setOpened] = useState<'emoji' | 'poll' | 'schedule' | null>(null);
  const [isFormatting, setFormatting] = useState(false);
  const { problem, attempt } = useAttempt();
  const input = useRef<HTMLTextAreaElement>(null);
  const text = edited ? editText : composer.text;
  useKeptDraft({ person, conversation: id, text: composer.text, replied, setText: composer.setText });

  const setText = useCallback(
    (value: string) => (edited ? setEditText(value) : composer.setText(value)),
    [edited, composer.setText],
  );
  const slash = useSlash(person, id, edited ? '' : text);
  const completion = useCompletion({ person, conversation, input, slash, onNamed: setNamed });

  useEffect(() => {
    if (edited) setEditText(typeof edited.body.text === 'string' ? edited.body.text : '');
    if (edited || replied) input.current?.focus();
  }, [edited, replied]);
  useEffect(() => {
    // In a frame it would take the focus from the page around it.
    if (isEmbedded() && !document.hasFocus()) return;
    if (matchMedia('(hover: hover)').matches) input.current?.focus();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: its height is that of the text
  useLayoutEffect(() => {
    // As high as what is typed, up to what the style sheet allows.
    const field = input.current;
    if (!field || CSS.supports('field-sizing', 'content')) return;
    field.style.height = 'auto';
    field.style.height = `${field.scrollHeight + 2}px`;
  }, [text]);

  function send(): void {
    // The server takes neither (it says so in its contract), and no keyboard makes them.
    const wanted = text.replaceAll('\0', '').toWellFormed();
    if (lengthLeft(wanted) < 0) return;
    if (edited) {
      onEdited(null);
      if (wanted.trim() === '' || wanted === edited.body.text) return;
      attempt(() => person.editMessage(edited, wanted));
      return;
    }
    if (wanted.trim() === '') return;
    if (!replied && slash.isCommand(wanted)) {
      attempt(
        () => slash.invoke(wanted),
        () => composer.setText(''),
      );
      return;
    }
    const mentions = mentionsIn(wanted, named);
    const parts = { ...(replied ? { replyTo: replied.seq } : {}), ...(mentions ? { mentions } : {}) };
    onReplied(null);
    setNamed([]);
    attempt(() => composer.send(parts));
  }

  function editLast(): void {
    const last = shown.current.findLast(
      ({ kind, author, erased, body }) =>
        kind === 'message.sent' && author === person.id && !erased && !('forward' in body),
    );
    if (last) onEdited(last);
  }

  function pressed(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (event.nativeEvent.isComposing || completion.pressed(event)) return;
    if (event.key === 'Escape') {
      if (edited || replied) event.stopPropagation();
      onReplied(null);
      onEdited(null);
    } else if (event.key === 'ArrowUp' && text === '' && !edited) {
      event.preventDefault();
      editLast();
    } else if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      send();
    } else {
      formatted(event);
    }
  }

  function formatted(event: KeyboardEvent<HTMLTextAreaElement>): void {
    const { currentTarget: field } = event;
    const selected = { text: field.value, start: field.selectionStart, end: field.selectionEnd };
    const mark = (event.ctrlKey || event.metaKey) && !event.altKey ? markOf(event) : undefined;
    const change = mark ? marked(selected, mark) : event.key === 'Enter' ? continued(selected) : null;
    if (change === null) return;
    event.preventDefault();
    event.stopPropagation();
    put(field, change);
  }

  function pasted(event: ClipboardEvent<HTMLTextAreaElement>): void {
    const { currentTarget: field, clipboardData } = event;
    const [html, plain] = [clipboardData.getData('text/html'), clipboardData.getData('text/plain')];
    if (html === '' || plain === '') return;
    event.preventDefault();
    void import('./pasted-markdown.js')
      .then(({ markdownOf }) => markdownOf(html) ?? plain)
      // Where the parser can't be had.
      .catch(() => plain)
      .then((wanted) => insert(wanted, field));
  }

  function insert(wanted: string, field = input.current): void {
    setOpened(null);
    if (!field?.isConnected) return;
    const { selectionStart: from, selectionEnd: to } = field;
    const at = from + wanted.length;
    put(field, { from, to, text: wanted, start: at, end: at });
  }

  const emojiButton = (
    <IconButton label={say('composer.emoji')} icon={Smile} onClick={() => setOpened('emoji')} aria-haspopup="dialog" />
  );
  return (
    <>
      <form
        className="composer"
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <Problem text={problem} />
        {edited ? <About words={say('composer.editing')} item={edited} onEnd={() => onEdited(null)} /> : null}
        {replied ? <About item={replied} isOwn={replied.author === person.id} onEnd={() => onReplied(null)} /> : null}
        <Answers answers={slash.answers} onDismiss={slash.dismiss} />
        <Completion {...completion.shown} />
        <LengthLeft text={text} />
        {isFormatting ? (
          <Suspense fallback={null}>
            <FormattingBar input={input} text={text} />
          </Suspense>
        ) : null}
        <div className="composer-line">
          {opened === 'emoji' ? (
            <Suspense fallback={emojiButton}>
              <EmojiPopover onChoose={insert} onClosed={() => setOpened(null)} />
            </Suspense>
          ) : (
            emojiButton
          )}
          <textarea
            ref={input}
            className="input"
            rows={1}
            aria-invalid={lengthLeft(text) < 0}
            value={text}
            placeholder={say('composer.placeholder')}
            aria-label={say('composer.name')}
            enterKeyHint="send"
            dir="auto"
            {...completion.field}
            onChange={(event) => {
              setText(event.target.value);
              completion.changed(true);
            }}
            onKeyDown={pressed}
            onPaste={pasted}
            onSelect={() => completion.changed(false)}
          />
          {text === '' && !edited && !replied ? (
            <IconButton label={say('poll.title')} icon={ChartBarBig} onClick={() => setOpened('poll')} />
          ) : null}
          {text !== '' || isFormatting ? (
            <IconButton
              label={say('format.title')}
              icon={Type}
              aria-pressed={isFormatting}
              onClick={() => setFormatting(!isFormatting)}
            />
          ) : null}
          {text.trim() !== '' && !edited ? (
            <IconButton label={say('composer.schedule')} icon={Clock} onClick={() => setOpened('schedule')} />
          ) : null}
          <IconButton
            type="submit"
            className="send"
            label={say(edited ? 'action.save' : 'composer.send')}
            icon={SendHorizontal}
          />
        </div>
      </form>
      {opened === 'poll' ? (
        <Suspense fallback={null}>
          <PollDialog person={person} conversation={conversation} onClose={() => setOpened(null)} />
        </Suspense>
      ) : null}
      {opened === 'schedule' ? (
        <Suspense fallback={null}>
          <ScheduleDialog
            person={person}
            conversation={conversation}
            text={text}
            replyTo={replied?.seq ?? null}
            onDone={() => {
              composer.setText('');
              onReplied(null);
              setOpened(null);
            }}
            onClose={() => setOpened(null)}
          />
        </Suspense>
      ) : null}
    </>
  );
}
