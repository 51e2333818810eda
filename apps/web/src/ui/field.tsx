// A field with its name above it and, where there is something to know, a hint below.
import { type ComponentProps, type ReactElement, useId } from 'react';

export type FieldProps = ComponentProps<'input'> & { readonly label: string; readonly hint?: string | undefined };

export function Field({ label, hint, ...rest }: FieldProps): ReactElement {
  const id = useId();
  return (
    <label className="field">
      <span className="label">{label}</span>
      <input className="input" type="text" autoComplete="off" aria-describedby={hint ? id : undefined} {...rest} />
      {hint ? (
        <span id={id} className="hint">
          {hint}
        </span>
      ) : null}
    </label>
  );
}
