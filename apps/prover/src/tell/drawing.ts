// The picture beside a row of the page: each lane's line, shaded while it is paused or offline, and the row's arrows across
// them. It holds numbers alone, and nothing that anybody wrote.
import type { Beat } from './beats.js';
import { deviceOf, type Lane, type LaneState } from './lanes.js';

const LEAST_LANE_WIDTH = 36;
const MOST_LANE_WIDTH = 56;
/** What lanes share where they are few enough. */
const LANES_WIDTH = 860;
export const ROW_HEIGHT = 24;
const MIDDLE = ROW_HEIGHT / 2;
const HEAD = 5;

/** `before` and `after`: how the lanes are before what happened in the row, and after it. */
export type Moment = {
  readonly beat: Beat;
  readonly lanes: readonly Lane[];
  readonly laneWidth: number;
  readonly before: readonly LaneState[];
  readonly after: readonly LaneState[];
};

export function drawingOf(moment: Moment): string {
  const { lanes, laneWidth } = moment;
  const size = `width="${lanes.length * laneWidth}" height="${ROW_HEIGHT}"`;
  return `<svg ${size} aria-hidden="true">${shadesOf(moment)}${linesOf(moment)}${arrowsOf(moment)}${marksOf(moment)}</svg>`;
}

export function laneWidthOf(lanes: readonly Lane[]): number {
  const share = Math.floor(LANES_WIDTH / Math.max(1, lanes.length) / 2) * 2;
  return Math.min(MOST_LANE_WIDTH, Math.max(LEAST_LANE_WIDTH, share));
}

function centre(index: number, laneWidth: number): number {
  return index * laneWidth + laneWidth / 2;
}

function shadesOf({ lanes, laneWidth, after }: Moment): string {
  return lanes
    .map((_, index) => {
      const state = after[index];
      if (state !== 'paused' && state !== 'offline') return '';
      const place = `x="${index * laneWidth + 4}" y="0" width="${laneWidth - 8}" height="${ROW_HEIGHT}"`;
      return `<rect class="${state}" ${place}/>`;
    })
    .join('');
}

function linesOf({ lanes, laneWidth, before, after }: Moment): string {
  const path = lanes
    .map((_, index) => {
      const from = before[index] === 'gone' ? MIDDLE : 0;
      const to = after[index] === 'gone' ? MIDDLE : ROW_HEIGHT;
      return from === to ? '' : `M${centre(index, laneWidth)} ${from}V${to}`;
    })
    .join('');
  return path === '' ? '' : `<path class="line" d="${path}"/>`;
}

function arrowsOf({ beat, lanes, laneWidth }: Moment): string {
  const places = new Map(lanes.map(({ name }, index) => [name, centre(index, laneWidth)]));
  const from = places.get(beat.from);
  if (from === undefined) return '';
  const ends = beat.to.map((name) => places.get(name)).filter((to) => to !== undefined);
  if (ends.length === 0) return '';
  const heads = ends.map((to) => {
    const side = to > from ? -HEAD : HEAD;
    return `M${to + side} ${MIDDLE - HEAD}L${to} ${MIDDLE}L${to + side} ${MIDDLE + HEAD}`;
  });
  const shaft = `M${from} ${MIDDLE}H${Math.min(from, ...ends)}M${from} ${MIDDLE}H${Math.max(from, ...ends)}`;
  return `<path class="arrow shaft" d="${shaft}"/><path class="arrow" d="${heads.join('')}"/>`;
}

/** Where somebody begins, ends or does something alone. */
function marksOf({ beat, lanes, laneWidth, before, after }: Moment): string {
  return lanes
    .map(({ name }, index) => {
      const x = centre(index, laneWidth);
      const isEnd = before[index] !== 'gone' && after[index] === 'gone';
      const end = beat.words === 'closed' ? 'end' : 'end hard';
      if (isEnd) return `<path class="${end}" d="M${x - 5} ${MIDDLE - 5}l10 10m0 -10l-10 10"/>`;
      const isActor = name === beat.from || (beat.type === 'life' && deviceOf(name) === beat.from);
      if (!isActor || after[index] === 'gone') return '';
      return `<circle class="dot" cx="${x}" cy="${MIDDLE}" r="${beat.to.length === 0 ? 4 : 2.5}"/>`;
    })
    .join('');
}
