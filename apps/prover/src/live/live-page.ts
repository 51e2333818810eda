// The verdict of a live run as a page: what held, what happened when, and how confirmations went on meanwhile. One file that
// asks no network for anything.
import { LAWS } from '../laws/law.js';
import { escaped } from '../tell/escaped.js';
import type { Happened, LiveResult, Sample } from './live-run.js';
import { brokenLaws, type LiveVerdict, lawNames, NOT_LOOKED_AT, verdictLines } from './live-verdict.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
const [WIDTH, HEIGHT, LEFT, BOTTOM] = [960, 240, 48, 24];
const MESSAGES = ['sent', 'confirmed'] as const;
const COPIES = ['delivered'] as const;
type Name = (typeof MESSAGES | typeof COPIES)[number];
/** Rates are of this long. */
const SPAN_MS = 1_000;
const MOST_BREACHES = 200;

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b2130; --quiet: #5b6475; --line: #c3c9d6; --band: #f0c36a;
  --sent: #7a3fb8; --confirmed: #16753c; --delivered: #1f62c4; --broken: #c01f2e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171e; --ink: #e4e8f1; --quiet: #98a2b5; --line: #3f485a;
  --band: #7d5c14; --sent: #c59cf5; --confirmed: #6fcf93; --delivered: #79acff; --broken: #ff8088; } }
body { max-width: 1000px; margin: 24px auto; padding: 0 16px; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 22px; } h1.held { color: var(--confirmed); } h1.broken { color: var(--broken); } h2 { font-size: 16px; margin-top: 28px; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
svg { width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 11px; } .axis { stroke: var(--line); } .band { fill: var(--band); opacity: .5; }
polyline { fill: none; stroke-width: 1.5; } .sent { stroke: var(--sent); } .confirmed { stroke: var(--confirmed); } .delivered { stroke: var(--delivered); }
.key { display: inline-block; width: 12px; height: 3px; vertical-align: 4px; margin: 0 4px 0 12px; } .key.sent { background: var(--sent); }
.key.confirmed { background: var(--confirmed); } .key.delivered { background: var(--delivered); } .no { color: var(--broken); font-weight: 600; }
`;

export function livePage(verdict: LiveVerdict, result: LiveResult): string {
  const broken = brokenLaws(verdict);
  const title = verdict.holds ? 'Every law held' : `Broken: ${broken.join(', ')}`;
  const laws = lawNames().map((law) => {
    const good = NOT_LOOKED_AT.includes(law) ? '<td>not looked at</td>' : '<td>held</td>';
    const state = broken.includes(law) ? '<td class="no">broken</td>' : good;
    return `<tr><th>${law}</th>${state}<td>${escaped(LAWS[law])}</td></tr>`;
  });
  const faults = result.faults.map(({ name, words, fromMs, toMs }) => {
    return `<tr><td>${seconds(fromMs)}</td><td>${seconds(toMs - fromMs)}</td><th>${name}</th><td>${escaped(words)}</td></tr>`;
  });
  const own = verdict.breaches.slice(0, MOST_BREACHES).map(({ law, found, event }) => {
    return `<tr><th>${law}</th><td>${event === null ? 'in the end' : `event ${event}`}</td><td>${escaped(found)}</td></tr>`;
  });
  const second = verdict.secondJudge.slice(0, MOST_BREACHES).map((line) => {
    return `<tr><th>check-history</th><td></td><td>${escaped(line)}</td></tr>`;
  });
  const breaches = [...own, ...second].join('');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>kith prove --live: ${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1 class="${verdict.holds ? 'held' : 'broken'}">${escaped(title)}</h1>
<pre>${verdictLines(verdict).slice(1).map(escaped).join('\n')}</pre>
${breaches === '' ? '' : `<h2>What was found</h2><table>${breaches}</table>`}
<h2>Messages a second</h2>
<p>${keysOf(MESSAGES)}; what is shaded is a fault.</p>
${plotOf(result, MESSAGES)}
<h2>Entries that devices were shown, a second</h2>
${plotOf(result, COPIES)}
<h2>Faults</h2>
<table><tr><th>at, s</th><th>for, s</th><th>fault</th><th></th></tr>${faults.join('')}</table>
<h2>Laws</h2>
<table>${laws.join('')}</table>
</body>
</html>
`;
}

function keysOf(names: readonly Name[]): string {
  return names.map((name) => `<span class="key ${name}"></span>${name}`).join('');
}

function plotOf({ samples, faults }: LiveResult, names: readonly Name[]): string {
  const rates = ratesOf(samples);
  const endMs = Math.max(1, samples.at(-1)?.atMs ?? 1);
  const most = Math.max(1, ...rates.flatMap((rate) => names.map((name) => rate[name])));
  const x = (ms: number) => LEFT + ((WIDTH - LEFT) * ms) / endMs;
  const y = (rate: number) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - 8) * rate) / most;
  const bands = faults.map(({ name, fromMs, toMs }: Happened) => {
    const width = Math.max(1, x(toMs) - x(fromMs));
    return `<rect class="band" x="${x(fromMs).toFixed(1)}" y="0" width="${width.toFixed(1)}" height="${HEIGHT - BOTTOM}"><title>${name}</title></rect>`;
  });
  const lines = names.map((name) => {
    const points = rates.map((rate) => `${x(rate.atMs).toFixed(1)},${y(rate[name]).toFixed(1)}`);
    return `<polyline class="${name}" points="${points.join(' ')}"/>`;
  });
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    return `<text x="${x(endMs * part).toFixed(1)}" y="${HEIGHT - 6}" text-anchor="${part === 1 ? 'end' : 'middle'}">${seconds(endMs * part)} s</text>`;
  });
  const axis = `<line class="axis" x1="${LEFT}" x2="${WIDTH}" y1="${HEIGHT - BOTTOM}" y2="${HEIGHT - BOTTOM}"/>`;
  const label = `<text x="${LEFT - 6}" y="14" text-anchor="end">${Math.round(most)}</text><text x="${LEFT - 6}" y="${HEIGHT - BOTTOM}" text-anchor="end">0</text>`;
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${names.join(' and ')} a second, over time">${bands.join('')}${axis}${label}${marks.join('')}${lines.join('')}</svg>`;
}

/** Of each sample: what was added in the span before it, a second. */
function ratesOf(samples: readonly Sample[]): readonly Sample[] {
  let from = 0;
  return samples.map((sample) => {
    while ((samples[from]?.atMs ?? sample.atMs) < sample.atMs - SPAN_MS) from += 1;
    const before = samples[from] ?? sample;
    const spanS = Math.max(SPAN_MS, sample.atMs - before.atMs) / 1_000;
    const rate = (name: Name) => (sample[name] - before[name]) / spanS;
    return { atMs: sample.atMs, sent: rate('sent'), confirmed: rate('confirmed'), delivered: rate('delivered') };
  });
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
