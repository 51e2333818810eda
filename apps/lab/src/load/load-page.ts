// The report of `kith bench` as a page with plots: one file that asks no network for anything.
import type { Histogram } from '../measure/histogram.js';
import { hasErrors, type LoadReport, summaryLines } from './load-report.js';
import { plotOf } from './plot.js';
import type { Second } from './round.js';

const POLICY = "default-src 'none'; style-src 'unsafe-inline'";
/** Of the axis of percentiles: each step leaves a tenth of what the one before left. */
const TAIL = [0, 50, 90, 99, 99.9, 99.99];

const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b2130; --quiet: #5b6475; --rule: #d5dae4; --c0: #1f62c4; --c1: #16753c; --c2: #a85a00; --bad: #c01f2e; }
@media (prefers-color-scheme: dark) { :root { --paper: #14171e; --ink: #e4e8f1; --quiet: #98a2b5; --rule: #3f485a; --c0: #79acff; --c1: #6fcf93; --c2: #f0ab57; --bad: #ff8088; } }
body { max-width: 1000px; margin: 24px auto; padding: 0 16px; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
h1 { font-size: 22px; } .bad { color: var(--bad); } pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, monospace; }
figure { margin: 24px 0; } svg { width: 100%; height: auto; } svg text { fill: var(--quiet); font-size: 11px; } .axis { stroke: var(--rule); }
polyline { fill: none; stroke-width: 1.6; } .line0 { stroke: var(--c0); } .line1 { stroke: var(--c1); } .line2 { stroke: var(--c2); }
.key { display: inline-block; width: 14px; height: 3px; vertical-align: 4px; margin: 0 4px 0 14px; } .key0 { background: var(--c0); } .key1 { background: var(--c1); } .key2 { background: var(--c2); }
`;

export function loadPage(report: LoadReport): string {
  const title = `kith bench: ${report.people} people, ${report.perSecond} messages a second`;
  const timeline = report.counted.flatMap((round) => round.timeline);
  const rates = [ratesOf(timeline, ['sent', 'acked']), ratesOf(timeline, ['copies'])];
  const plots = report.counted.length === 0 ? [] : [tailOf(report), ...rates, coresOf(timeline)];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<h1${hasErrors(report) ? ' class="bad"' : ''}>${title}</h1>
<pre>${summaryLines(report).map(escaped).join('\n')}</pre>
${plots.join('\n')}
</body>
</html>
`;
}

function tailOf({ acks, deliveries }: LoadReport): string {
  const line = (name: string, histogram: Histogram) => ({
    name,
    points: Array.from({ length: 81 }, (_, at) => at / 20).map((left) => {
      return [left, histogram.percentile(100 - 100 / 10 ** left)] as const;
    }),
  });
  return plotOf({
    title: 'milliseconds from the time at which a message was to be sent, by percentile',
    lines: [line('acknowledged', acks), line('delivered', deliveries)],
    ticks: TAIL.map((percent) => [-Math.log10(1 - percent / 100), `${percent} %`] as const),
    unit: 'ms',
  });
}

function ratesOf(timeline: readonly Second[], names: readonly ('sent' | 'acked' | 'copies')[]): string {
  const lines = names.map((name) => ({ name, points: timeline.map((one, at) => [at + 1, one[name]] as const) }));
  const title = names.includes('copies') ? 'copies a second' : 'messages a second';
  return plotOf({ title, lines, ticks: secondsOf(timeline), unit: '' });
}

function coresOf(timeline: readonly Second[]): string {
  const of = (name: 'server' | 'postgres' | 'load') => ({
    name,
    points: timeline.map((one, at) => [at + 1, one[name] * 100] as const),
  });
  const title = 'CPU, in parts of a core';
  return plotOf({ title, lines: [of('server'), of('postgres'), of('load')], ticks: secondsOf(timeline), unit: '%' });
}

function secondsOf(timeline: readonly Second[]): readonly (readonly [number, string])[] {
  const every = Math.max(1, Math.ceil(timeline.length / 12));
  return timeline.flatMap((_, at) => ((at + 1) % every === 0 ? [[at + 1, `${at + 1} s`] as const] : []));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
