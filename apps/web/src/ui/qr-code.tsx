// A text as a QR code, dark on white in both themes, as readers want it.
import qrcode from 'qrcode-generator';
import { type ReactElement, useMemo } from 'react';

/** Squares of white around it. */
const MARGIN = 4;

export function QrCode({ text, label }: { readonly text: string; readonly label: string }): ReactElement {
  const { size, squares } = useMemo(() => squaresOf(text), [text]);
  return (
    <div className="qr">
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
        <path d={squares} />
      </svg>
    </div>
  );
}

function squaresOf(text: string): { readonly size: number; readonly squares: string } {
  const code = qrcode(0, 'M');
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let squares = '';
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) squares += `M${column + MARGIN} ${row + MARGIN}h1v1h-1z`;
    }
  }
  return { size: count + 2 * MARGIN, squares };
}
