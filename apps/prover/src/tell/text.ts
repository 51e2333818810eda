// A run as text for a terminal: the plan's steps as headings, below each what came of it, with arrows between those who spoke.
import type { FinalLog, History } from '../history/history.js';
import type { Breach } from '../laws/law.js';
import { standingAt } from '../laws/ledger.js';
import { type Beat, beatsOf } from './beats.js';
import { differencesOf } from './differences.js';
import { Names } from './names.js';

const WIDTH = 130;
const TIME_WIDTH = 9;
const ACTORS_WIDTH = 40;
/** A longer one is cut, so that it fits a line. */
const LONGEST_WORD = /.{1,60}/gu;
const INDENT = TIME_WIDTH + 3 + ACTORS_WIDTH + 2;
/** What is counted instead of told: one of it, and several. */
const NOISES = {
  mark: ['mark', 'marks'],
  read: ['read of what was known', 'reads of what was known'],
  description: ['description of what was known', 'descriptions of what was known'],
} as const;

export function tellText(history: History, breaches: readonly Breach[]): string {
  const names = new Names(history);
  const beats = beatsOf({ events: history.events, breaches, names });
  const lines = sectionsOf(beats).flatMap((section) => linesOf(section, names));
  return [...headOf(history), ...lines, '', ...endOf(history, { breaches, names })].join('\n');
}

function headOf({ plan }: History): readonly string[] {
  const { seed, nodes, bus, wireMs, storeMs, steps } = plan;
  const share = (chance: number) => `${Math.round(chance * 100)} %`;
  const faults = `lost ${share(bus.lose)}, doubled ${share(bus.double)}, late ${share(bus.delay)}`;
  return [
    `Seed ${seed}: ${steps.length} steps, ${nodes === 1 ? '1 node' : `${nodes} nodes`}, up to ${wireMs} ms to a node and ${storeMs} ms to the database.`,
    `Between nodes: ${faults}. Times are in seconds; ►, what a breach points at.`,
  ];
}

/** From one row of steps that follow one another up to the next. */
type Section = { readonly steps: Beat[]; readonly beats: Beat[]; readonly noise: Beat[] };

function sectionsOf(beats: readonly Beat[]): readonly Section[] {
  const sections: Section[] = [];
  for (const beat of beats) {
    const isStep = beat.type === 'step' && beat.breaches.length === 0;
    let last = sections.at(-1);
    if (!last || (isStep && last.beats.length + last.noise.length > 0)) {
      last = { steps: [], beats: [], noise: [] };
      sections.push(last);
    }
    if (isStep) last.steps.push(beat);
    else last[beat.noise === null ? 'beats' : 'noise'].push(beat);
  }
  return sections;
}

function linesOf({ steps, beats, noise }: Section, names: Names): readonly string[] {
  return [
    '',
    ...(steps.length > 0 ? heading(steps.map(({ words }) => words).join(' · ')) : []),
    ...beats.flatMap((beat) => [
      ...(isTurn(beat)
        ? heading(beat.type === 'quiet' ? beat.words : `${beat.from} ${beat.words}`, '═')
        : beatLines(beat)),
      ...beat.breaches.flatMap(({ law, found }) => wrap(`▲ ${law}: ${names.shorten(found)}`, TIME_WIDTH + 3)),
    ]),
    ...(noise.length > 0 ? [`${' '.repeat(TIME_WIDTH)} · and ${noiseWords(noise)}`] : []),
  ];
}

/** What changes everything is seen from afar. */
function isTurn({ type, breaches }: Beat): boolean {
  return (type === 'restored' || type === 'quiet') && breaches.length === 0;
}

function heading(words: string, line = '─'): readonly string[] {
  const [first = '', ...more] = wrap(words, 3);
  const title = `${line.repeat(2)} ${first.trimStart()} `;
  return [title.padEnd(WIDTH, line), ...more];
}

function noiseWords(beats: readonly Beat[]): string {
  const counts = new Map<keyof typeof NOISES, number>();
  for (const { noise } of beats) if (noise !== null) counts.set(noise, (counts.get(noise) ?? 0) + 1);
  return [...counts].map(([noise, count]) => `${count} ${NOISES[noise][count === 1 ? 0 : 1]}`).join(', ');
}

function beatLines(beat: Beat): readonly string[] {
  const { at, type, from, to, words, breaches } = beat;
  const time = (at / 1_000).toFixed(3).padStart(TIME_WIDTH);
  const mark = breaches.length > 0 ? '►' : isEnd(beat) ? '✕' : ' ';
  const actors = type === 'committed' ? (to.at(-1) ?? from) : to.length === 0 ? from : `${from} ──▶ ${tabsOf(to)}`;
  const [first = '', ...more] = wrap(words, INDENT);
  const start = `${time} ${mark} ${actors.padEnd(ACTORS_WIDTH)}  `;
  return start.length > INDENT ? [start.trimEnd(), first, ...more] : [start + first.trimStart(), ...more];
}

function isEnd({ type, words }: Beat): boolean {
  return type === 'life' && (words === 'killed' || words === 'crashed' || words === 'wiped');
}

/** `ann/1.1,2.1 bob/1.1` */
export function tabsOf(tabs: readonly string[]): string {
  const people = new Map<string, string[]>();
  for (const tab of tabs) {
    const [person = '', ...rest] = tab.split('/');
    people.set(person, [...(people.get(person) ?? []), ...rest]);
  }
  return [...people].map(([person, own]) => (own.length === 0 ? person : `${person}/${own.join()}`)).join(' ');
}

/** Words in lines of the terminal's width, each behind as many blanks. */
function wrap(words: string, indent: number): readonly string[] {
  const width = WIDTH - indent;
  const pieces = words.split(' ').flatMap((word) => (word === '' ? [''] : (word.match(LONGEST_WORD) ?? [])));
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + piece.length > width) lines.push(piece);
    else lines[lines.length - 1] = `${last} ${piece}`;
  }
  return lines.map((line) => ' '.repeat(indent) + line);
}

type Ended = { readonly breaches: readonly Breach[]; readonly names: Names };

function endOf(history: History, { breaches, names }: Ended): readonly string[] {
  const differences = differencesOf(history, names);
  const late = breaches.filter(({ event }) => event === null);
  return [
    ...heading('in the end', '═'),
    ...history.end.logs.flatMap((log) => wrap(`${logWords(log, names)}`, 3)),
    ...(differences.length === 0 ? ['   Every tab shows what the log has.'] : []),
    ...differences.flatMap(({ who, words }) => wrap(`${who.padEnd(9)} ${words}`, 3)),
    ...history.end.errors.flatMap((error) => wrap(`fault: ${names.shorten(error)}`, 3)),
    ...late.flatMap(({ law, found }) => wrap(`▲ ${law}: ${names.shorten(found)}`, 3)),
  ];
}

/** `all      epoch 1, head 9: ann owner, bob member` */
export function logWords({ conversation, epoch, entries }: FinalLog, names: Names): string {
  const { roles } = standingAt(entries, entries.length);
  const members = [...roles].map(([user, role]) => `${names.person(user)} ${role}`).join(', ');
  return `${names.conversation(conversation).padEnd(9)} epoch ${epoch}, head ${entries.length}: ${members || 'nobody'}`;
}
