// Plots as SVG in a page: lines over a common axis, with the numbers that one needs to read them.

export type Line = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] };

export type Plot = {
  readonly title: string;
  readonly lines: readonly Line[];
  /** Where the axis has a word. */
  readonly ticks: readonly (readonly [x: number, word: string])[];
  readonly unit: string;
};

const [WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [960, 240, 72, 32, 24, 12];

export function plotOf({ title, lines, ticks, unit }: Plot): string {
  const points = lines.flatMap((line) => line.points).filter(([, y]) => Number.isFinite(y));
  const [leastX, mostX] = [Math.min(...points.map(([x]) => x)), Math.max(...points.map(([x]) => x))];
  const mostY = Math.max(1e-9, ...points.map(([, y]) => y));
  const x = (value: number) => LEFT + ((WIDTH - LEFT - RIGHT) * (value - leastX)) / Math.max(1e-9, mostX - leastX);
  const y = (value: number) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * value) / mostY;
  const drawn = lines.map((line, at) => {
    const path = line.points.filter(([, value]) => Number.isFinite(value));
    return `<polyline class="line${at}" points="${path.map(([px, py]) => `${x(px).toFixed(1)},${y(py).toFixed(1)}`).join(' ')}"/>`;
  });
  const words = ticks.map(
    ([at, word]) => `<text x="${x(at).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="middle">${word}</text>`,
  );
  const levels = [0, 0.5, 1].map((part) => {
    const at = y(mostY * part).toFixed(1);
    const word = `${format(mostY * part)} ${unit}`;
    return `<line class="axis" x1="${LEFT}" x2="${WIDTH}" y1="${at}" y2="${at}"/><text x="${LEFT - 6}" y="${at}" dy="4" text-anchor="end">${word}</text>`;
  });
  const keys = lines.map(({ name }, at) => `<span class="key key${at}"></span>${name}`).join('');
  return `<figure><figcaption><b>${title}</b>${keys}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${levels.join('')}${words.join('')}${drawn.join('')}</svg></figure>`;
}

function format(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2);
}
