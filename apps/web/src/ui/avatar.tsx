// A circle with somebody's first letter in a colour that their id chooses, and whether they are there; a place has rounded
// corners instead, and a colour that its members may have chosen.
import type { Status } from '@kith/protocol';
import type { CSSProperties, ReactElement } from 'react';

export type AvatarProps = {
  readonly id: string;
  readonly name: string;
  readonly size?: number;
  readonly status?: Status | undefined;
  readonly isPlace?: boolean;
  /** As the contract has it: `color:` and a name, or nothing. */
  readonly avatar?: string | null | undefined;
};

/** Degrees on the wheel, by names of colours that people may choose. */
const HUES = {
  red: 8,
  orange: 28,
  yellow: 48,
  green: 140,
  teal: 172,
  blue: 212,
  violet: 262,
  pink: 330,
} as const;

export function Avatar({ id, name, size = 40, status, isPlace = false, avatar }: AvatarProps): ReactElement {
  const [initial = '?'] = name.trim();
  const style = { '--hue': hueOf(id, avatar), '--size': `${size}px` } as CSSProperties;
  return (
    <span className={isPlace ? 'avatar place' : 'avatar'} style={style} aria-hidden="true">
      {initial.toUpperCase()}
      {status === 'online' || status === 'away' ? <span className={`dot ${status}`} /> : null}
    </span>
  );
}

function hueOf(id: string, avatar: string | null | undefined): number {
  const chosen = avatar?.startsWith('color:') ? avatar.slice('color:'.length) : '';
  if (chosen in HUES) return HUES[chosen as keyof typeof HUES];
  return [...id].reduce((sum, sign) => (sum * 31 + (sign.codePointAt(0) ?? 0)) % 360, 7);
}
