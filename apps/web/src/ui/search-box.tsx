// A field that finds something while one types.
import { LIMITS } from '@kith/protocol';
import type { KeyboardEvent, ReactElement } from 'react';

export type SearchBoxProps = {
  readonly value: string;
  readonly label: string;
  /** Instead of the label. */
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
  readonly onKeyDown?: (event: KeyboardEvent<HTMLInputElement>) => void;
};

export function SearchBox({ value, label, placeholder = label, onChange, onKeyDown }: SearchBoxProps): ReactElement {
  return (
    // biome-ignore lint/a11y/useSemanticElements: `type=search` takes Escape for itself, which should close the dialog
    <input
      className="input"
      type="text"
      role="searchbox"
      autoComplete="off"
      maxLength={LIMITS.name}
      value={value}
      placeholder={placeholder}
      aria-label={label}
      onChange={(event) => onChange(event.target.value)}
      onKeyDown={onKeyDown}
    />
  );
}
