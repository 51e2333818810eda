// A run as a page: a row for each thing that happened, time downwards, with a lane for each tab, each node and the database,
// and arrows between them. It is one file that asks no network for anything.
import type { History } from '../history/history.js';
import { type Breach, LAWS } from '../laws/law.js';
import { type Beat, beatsOf } from './beats.js';
import { differencesOf } from './differences.js';
import { drawingOf, laneWidthOf } from './drawing.js';
import { escaped } from './escaped.js';
import { type Lane, LaneStates, lanesOf } from './lanes.js';
import { Names } from './names.js';
import { SCRIPT } from './page-script.js';
import { STYLE } from './page-style.js';
import { logWords, tabsOf } from './text.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

export function tellHtml(history: History, breaches: readonly Breach[]): string {
  const names = new Names(history);
  const lanes = lanesOf(history);
  const beats = beatsOf({ events: history.events, breaches, names });
  const title = `Seed ${history.plan.seed}: ${verdictOf(breaches)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body style="--lane:${laneWidthOf(lanes)}px">
<header class="top">
<h1>${escaped(title)}</h1>
${planOf(history)}
${breachesOf(breaches, names)}
${controlsOf(names)}
</header>
<main class="pane">
<ol class="run">
${laneHead(lanes)}
${rowsOf(history, { beats, lanes, names })}
</ol>
${endOf(history, names)}
</main>
<aside id="detail" aria-label="The events of a row"><pre>Point at a row to see its events; click to keep them here.</pre></aside>
<script type="application/json" id="events">${JSON.stringify(history.events).replaceAll('<', '\\u003c')}</script>
<script>${SCRIPT}</script>
</body>
</html>
`;
}

function verdictOf(breaches: readonly Breach[]): string {
  const laws = [...new Set(breaches.map(({ law }) => law))];
  return laws.length === 0 ? 'every law held' : `broken: ${laws.join(', ')}`;
}

function planOf({ plan: { steps, nodes, bus, wireMs, storeMs } }: History): string {
  const share = (chance: number) => `${Math.round(chance * 100)} %`;
  const ways = `up to ${wireMs} ms to a node, ${storeMs} ms to the database`;
  const faults = `between nodes ${share(bus.lose)} lost, ${share(bus.double)} doubled, ${share(bus.delay)} late`;
  return `<p>${steps.length} steps, ${nodes === 1 ? '1 node' : `${nodes} nodes`} at first; ${ways}; ${faults}. Times are in seconds.</p>`;
}

function breachesOf(breaches: readonly Breach[], names: Names): string {
  if (breaches.length === 0) return '';
  const items = breaches.map(({ law, found, event }) => {
    const where = event === null ? '#end' : `#e${event}`;
    const when = event === null ? 'in the end' : `event ${event}`;
    const words = escaped(names.shorten(found));
    return `<li><a href="${where}"><b>${law}</b>, ${when}</a>: <span title="${escaped(LAWS[law])}">${words}</span></li>`;
  });
  return `<ul class="breaches">${items.join('')}</ul>`;
}

function controlsOf(names: Names): string {
  const options = names.conversations.map((name, index) => `<option value="${index}">${escaped(name)}</option>`);
  const keys = [
    ['asked', 'asked'],
    ['told', 'told'],
    ['acked', 'confirmed'],
    ['refused', 'refused'],
    ['broken', 'broken'],
    ['paused', 'paused'],
    ['offline', 'offline'],
  ].map(([key, words]) => `<span><span class="key ${key}"></span> ${words}</span>`);
  return `<div class="controls">
<label>Conversation <select id="filter"><option value="">all of them</option>${options.join('')}</select></label>
<label><input type="checkbox" id="noise"> with marks, reads and what was known</label>
<span class="legend">${keys.join('')}</span>
</div>`;
}

/** A lane's name stands below that of its group. */
function laneHead(lanes: readonly Lane[]): string {
  const groups = new Map<string, Lane[]>();
  for (const lane of lanes) groups.set(lane.group, [...(groups.get(lane.group) ?? []), lane]);
  const cells = [...groups].map(([group, own]) => {
    const labels = own.map(({ name, label }) => {
      const words = label === group ? '' : escaped(label);
      return `<span data-lane="${escaped(name)}" title="${escaped(name)}">${words || '&nbsp;'}</span>`;
    });
    const width = own.length * laneWidthOf(lanes);
    return `<div class="group" style="width:${width}px" title="${escaped(group)}"><b>${escaped(group)}</b>${labels.join('')}</div>`;
  });
  const said = '<div class="said"><span class="time">time</span><span class="words">what happened</span></div>';
  return `<li class="row lanes">${said}<div class="groups">${cells.join('')}</div></li>`;
}

type Shown = { readonly beats: readonly Beat[]; readonly lanes: readonly Lane[]; readonly names: Names };

function rowsOf({ events }: History, { beats, lanes, names }: Shown): string {
  const states = new LaneStates(lanes, events);
  const laneWidth = laneWidthOf(lanes);
  const numbers = new Map(names.conversations.map((name, index) => [name, index]));
  let before = lanes.map(({ name }) => states.of(name));
  const rows = withStepsTogether(beats).map((beat) => {
    for (const index of beat.events) {
      const event = events[index];
      if (event) states.take(event);
    }
    const after = lanes.map(({ name }) => states.of(name));
    const row = rowOf(beat, { drawing: drawingOf({ beat, lanes, laneWidth, before, after }), numbers, names });
    before = after;
    return row;
  });
  return rows.join('\n');
}

/** Steps that follow one another are one band. */
function withStepsTogether(beats: readonly Beat[]): readonly Beat[] {
  const rows: Beat[] = [];
  for (const beat of beats) {
    const last = rows.at(-1);
    const isMore = beat.type === 'step' && last?.type === 'step' && beat.breaches.length + last.breaches.length === 0;
    if (last && isMore) {
      const words = `${last.words} · ${beat.words}`;
      rows[rows.length - 1] = { ...last, words, events: [...last.events, ...beat.events] };
    } else rows.push(beat);
  }
  return rows;
}

type Drawn = { readonly drawing: string; readonly numbers: ReadonlyMap<string, number>; readonly names: Names };

function rowOf(beat: Beat, { drawing, numbers, names }: Drawn): string {
  const { at, events, type, words, conversations, breaches } = beat;
  const isEnd = type === 'life' && /^(killed|crashed|wiped)$/.test(words);
  const classes = ['row', `is-${type.replaceAll(/[^a-z]+/g, '-')}`];
  if (beat.noise !== null) classes.push('noise');
  if (breaches.length > 0) classes.push('broken');
  if (isEnd) classes.push('ends');
  const concerns = conversations.map((name) => numbers.get(name) ?? '').join(' ');
  const filter = concerns === '' ? '' : ` data-c="${concerns}"`;
  const actors = actorsOf(beat);
  const whole = escaped(`${actors} ${words}`.trim());
  const said = `<span class="time">${(at / 1_000).toFixed(3)}</span><span class="words" title="${whole}"><span class="who">${escaped(actors)}</span> ${escaped(words)}</span>`;
  const open = `<li class="${classes.join(' ')}" id="e${events[0]}" data-e="${events.join(' ')}"${filter} tabindex="0">`;
  const found = breaches.map(({ law, found: sentence }) => {
    return `<li class="found"${filter}><div><b>${law}</b>: ${escaped(names.shorten(sentence))}</div></li>`;
  });
  return `${open}<div class="said">${said}</div>${drawing}</li>${found.join('')}`;
}

function actorsOf({ type, from, to }: Beat): string {
  if (type === 'step' || type === 'quiet') return '';
  if (type === 'committed') return to.at(-1) ?? from;
  return to.length === 0 ? from : `${from} → ${tabsOf(to)}`;
}

function endOf(history: History, names: Names): string {
  const differences = differencesOf(history, names);
  const logs = history.end.logs.map((log) => {
    const words = logWords(log, names).slice(names.conversation(log.conversation).length).trim();
    return `<tr><th>${escaped(names.conversation(log.conversation))}</th><td>${escaped(words)}</td></tr>`;
  });
  const others = differences.map(({ who, words }) => `<tr><th>${escaped(who)}</th><td>${escaped(words)}</td></tr>`);
  const errors = history.end.errors.map((error) => `<tr><th>fault</th><td>${escaped(names.shorten(error))}</td></tr>`);
  const rest = [...others, ...errors].join('');
  return `<section class="end-state" id="end">
<h2>The log in the end</h2>
<table>${logs.join('')}</table>
<h2>What tabs show otherwise</h2>
${rest === '' ? '<p>Every tab shows what the log has.</p>' : `<table>${rest}</table>`}
</section>`;
}
