// How the page of a run looks, in light and in dark.
import { ROW_HEIGHT } from './drawing.js';

export const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --raised: #f4f5f8; --band: #e9ecf3; --ink: #1b2130; --quiet: #5b6475; --line: #c3c9d6;
  --told: #1f62c4; --asked: #7a3fb8; --acked: #16753c; --refused: #a85a00; --committed: #1b2130;
  --broken: #c01f2e; --broken-paper: #fde9ea; --turn: #fff2cf; --paused: #f0c36a; --offline: #b9bfcc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171e; --raised: #1c212b; --band: #262d3a; --ink: #e4e8f1; --quiet: #98a2b5; --line: #3f485a;
    --told: #79acff; --asked: #c59cf5; --acked: #6fcf93; --refused: #f0ab57; --committed: #e4e8f1;
    --broken: #ff8088; --broken-paper: #43191e; --turn: #3d3417; --paused: #7d5c14; --offline: #4c566b;
  }
}
* { box-sizing: border-box; }
html, body { height: 100%; margin: 0; }
body {
  display: flex; flex-direction: column; background: var(--paper); color: var(--ink);
  font: 14px/1.4 system-ui, sans-serif; --words: 460px;
}
@media (max-width: 1100px) { body { --words: 300px; } }
a { color: inherit; }
.top { padding: 12px 16px; border-bottom: 1px solid var(--line); max-height: 40vh; overflow: auto; flex: none; }
h1 { font-size: 18px; margin: 0; }
h2 { font-size: 15px; margin: 16px 0 6px; }
.top p { margin: 4px 0; color: var(--quiet); }
.breaches { margin: 8px 0; padding: 0; list-style: none; }
.breaches li { color: var(--broken); padding: 2px 0; overflow-wrap: anywhere; }
.controls { display: flex; flex-wrap: wrap; gap: 6px 20px; align-items: center; margin-top: 8px; }
.controls label { display: flex; gap: 6px; align-items: center; }
select { font: inherit; color: inherit; background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: 2px 4px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 14px; color: var(--quiet); font-size: 12px; }
.legend b { font-weight: 600; }
.pane { flex: 1; overflow: auto; min-height: 0; }
.run { width: max-content; min-width: 100%; margin: 0; padding: 0; list-style: none; }
.row { display: flex; width: 100%; scroll-margin: 90px; }
.row > .said {
  position: sticky; left: 0; z-index: 1; flex: none; display: flex; gap: 8px; width: calc(var(--words) + 76px);
  height: ${ROW_HEIGHT}px; padding: 2px 8px; background: inherit; border-right: 1px solid var(--line); white-space: nowrap;
}
.row { background: var(--paper); }
.row:hover, .row:focus-visible { background: var(--raised); outline: none; }
.row.chosen { background: var(--band); }
.time { flex: none; width: 60px; text-align: right; color: var(--quiet); font-variant-numeric: tabular-nums; font-size: 12px; line-height: 20px; }
.words { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; }
.who { color: var(--quiet); }
.is-step { background: var(--band); font-weight: 600; }
.is-restored, .is-quiet { background: var(--turn); font-weight: 600; }
.ends .words { color: var(--broken); font-weight: 600; }
.broken, .broken:hover { background: var(--broken-paper); }
.broken .words { color: var(--broken); font-weight: 600; }
.found { background: var(--broken-paper); color: var(--broken); }
.found > div {
  position: sticky; left: 0; width: fit-content; max-width: min(900px, 95vw); padding: 2px 16px 6px 84px; overflow-wrap: anywhere;
}
.lanes { position: sticky; top: 0; z-index: 2; background: var(--raised); border-bottom: 1px solid var(--line); }
.lanes > .said { height: auto; align-items: end; }
.groups { display: flex; }
.group { text-align: center; font-size: 12px; box-shadow: inset 1px 0 var(--line); white-space: nowrap; }
.group:last-child b { overflow: visible; text-align: left; padding-left: 6px; }
.group b { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.group span { display: inline-block; width: var(--lane); color: var(--quiet); font-size: 11px; font-variant-numeric: tabular-nums; }
svg { display: block; flex: none; fill: none; stroke-width: 1.5; }
.line { stroke: var(--line); }
.arrow, .dot { stroke: var(--ink); }
.dot { fill: var(--ink); stroke: none; }
.end { stroke: var(--quiet); stroke-width: 2; }
.end.hard { stroke: var(--broken); stroke-width: 2.5; }
.is-told .arrow { stroke: var(--told); } .is-told .dot { fill: var(--told); }
.is-described .arrow, .is-left-out .arrow { stroke: var(--told); }
.is-described .shaft, .is-left-out .shaft { stroke-dasharray: 3 3; } .is-described .dot { fill: var(--told); }
.is-asked .arrow { stroke: var(--asked); } .is-asked .dot { fill: var(--asked); }
.is-acked .arrow { stroke: var(--acked); } .is-acked .dot { fill: var(--acked); }
.is-refused .arrow { stroke: var(--refused); } .is-refused .dot { fill: var(--refused); }
.is-committed .arrow { stroke: var(--committed); stroke-width: 2.5; }
.broken .arrow { stroke: var(--broken); stroke-width: 2.5; } .broken .dot { fill: var(--broken); }
.paused { fill: var(--paused); opacity: 0.55; } .offline { fill: var(--offline); opacity: 0.55; }
.key { display: inline-block; width: 12px; height: 12px; vertical-align: -2px; border-radius: 2px; }
.key.told { background: var(--told); } .key.asked { background: var(--asked); } .key.acked { background: var(--acked); }
.key.refused { background: var(--refused); } .key.broken { background: var(--broken); }
.key.paused { background: var(--paused); opacity: 1; } .key.offline { background: var(--offline); opacity: 1; }
body:has(#noise:not(:checked)) .noise { display: none; }
[hidden] { display: none !important; }
.end-state { position: sticky; left: 0; width: fit-content; max-width: min(1000px, 100vw); padding: 4px 16px 40px; }
.end-state table { border-collapse: collapse; }
.end-state td, .end-state th { text-align: left; padding: 3px 14px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere; }
#detail { flex: none; height: 104px; overflow: auto; border-top: 1px solid var(--line); background: var(--raised); padding: 8px 16px; }
#detail pre { margin: 0; font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
`;
