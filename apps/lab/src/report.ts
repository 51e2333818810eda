// The table at the end of a run, and the same as JSON.
import type { Results } from './results.js';
import { judge, type Target } from './targets.js';

export function formatReport(results: Results, targets: readonly Target[]): string {
  const gates = targets.map((target) => {
    const value = results.figures.get(target.id);
    const bound =
      target.atLeast === null ? `at most ${format(target.atMost ?? 0)}` : `at least ${format(target.atLeast)}`;
    const rounds = results.rounds[target.id] ?? [];
    return [
      target.what,
      value === undefined ? '-' : `${format(value)} ${target.unit}`,
      bound,
      `gate ${judge(target, value)}`,
      rounds.length > 1 ? rounds.map(format).join(' · ') : '',
    ];
  });
  const ratios = results.ratios.map(({ what, unit, kith, plain, ratios: each, median }) => [
    what,
    `${kith.map(format).join(' · ')} ${unit}`,
    `${plain.map(format).join(' · ')} ${unit}`,
    each.map((ratio) => ratio.toFixed(2)).join(' · '),
    `${median.toFixed(2)} times`,
  ]);
  const parts = [table(['measure', 'median', 'target', 'gate', 'rounds'], gates)];
  if (ratios.length > 0) parts.push(table(['against the plain stack', 'Kith', 'plain', 'ratios', 'median'], ratios));
  return parts.join('\n\n');
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Whole numbers from a hundred on, else two decimals. */
export function format(value: number): string {
  return value >= 100 || Number.isInteger(value) ? Math.round(value).toLocaleString('en') : value.toFixed(2);
}
