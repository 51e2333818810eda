import { beforeAll, describe, expect, it } from 'vitest';
import { BROKEN } from '../broken/broken.js';
import type { Draft } from '../broken/draft.js';
import { PAUSED } from '../broken/plans.js';
import type { History, HistoryEvent } from '../history/history.js';
import { judge } from '../laws/judge.js';
import { runPlan } from '../run.js';
import { tellHtml } from './html.js';

const HOSTILE = `</script><img src=x onerror="alert(1)">&'`;
const VOID = new Set(['meta', 'input', 'br']);

let history: History;

beforeAll(async () => {
  history = await runPlan(PAUSED);
}, 60_000);

function broken(change: (draft: Draft) => unknown): string {
  const draft = structuredClone(history) as Draft;
  change(draft);
  return tellHtml(draft as History, judge(draft as History));
}

/** Everything between tags, with what is in scripts and styles taken out. */
function markupOf(page: string): string {
  return page.replaceAll(/(<(script|style)[^>]*>)[\s\S]*?(<\/\2>)/g, '$1$3');
}

/** @returns the tags that are left open or closed without having been opened */
function unbalanced(page: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, slash, name = '', closed] of markupOf(page).matchAll(/<(\/?)([a-z][a-z0-9]*)(?:\s[^<>]*?)?(\/?)>/g)) {
    if (closed === '/' || VOID.has(name)) continue;
    if (slash === '') open.push(name);
    else if (open.pop() !== name) wrong.push(`</${name}>`);
  }
  return [...wrong, ...open];
}

describe('tellHtml', () => {
  it('is a whole page with every tag closed', () => {
    const page = tellHtml(history, []);
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(unbalanced(page)).toEqual([]);
    const tags = markupOf(page).match(/<[^!]/g)?.length ?? 0;
    expect(markupOf(page).match(/<\/?[a-z][a-z0-9]*(?:\s[^<>]*)?>/g)).toHaveLength(tags);
  });

  it('asks no network for anything', () => {
    const page = tellHtml(history, []);
    expect(page).toContain("default-src 'none'");
    expect(markupOf(page)).not.toMatch(/\s(?:src|srcset|action|xlink:href)=|href="(?!#)|url\(|@import/);
    // Save what people wrote.
    expect(page.replaceAll(/ see https:\/\/\S+/g, '')).not.toContain('://');
  });

  it('has a lane for each tab, each node and the database', () => {
    const lanes = [...tellHtml(history, []).matchAll(/data-lane="([^"]*)"/g)].map(([, name]) => name);
    const tabs = history.events.flatMap(({ type, who, ...event }) => {
      return type === 'life' && 'what' in event && event.what === 'opened' ? [who] : [];
    });
    const nodes = history.events.flatMap(({ who, by }) => (by === undefined ? [] : [who]));
    expect(new Set(lanes)).toEqual(new Set([...tabs, ...nodes, 'database']));
    expect(lanes.length).toBe(new Set(lanes).size);
    expect(lanes.slice(0, 3)).toEqual(['ann/1.1', 'ann/2.1', 'ann/2.2']);
  });

  it('has every event in one row, and an arrow in that of a command', () => {
    const page = tellHtml(history, []);
    const rows = [...page.matchAll(/data-e="([^"]*)"/g)].flatMap(([, events = '']) => events.split(' ').map(Number));
    expect(rows.toSorted((one, other) => one - other)).toEqual(history.events.map((_, index) => index));
    const sent = history.events.findIndex((event) => event.type === 'asked' && event.name === 'message.send');
    const [row = ''] = new RegExp(`<li class="row is-asked" id="e${sent}".*</li>`).exec(page) ?? [];
    expect(row).toContain('message.send m');
    expect(row).toContain('<path class="arrow"');
  });

  it('shades the lane of a node while it is paused, and those of a device while it is offline', () => {
    const shades = (page: string, kind: string) => page.split(`<rect class="${kind}"`).length - 1;
    expect(shades(tellHtml(history, []), 'paused')).toBeGreaterThan(3);
    expect(shades(tellHtml(history, []), 'offline')).toBeGreaterThan(3);
    const events = history.events.filter((event) => event.type !== 'life' || !/^(paused|offline)$/.test(event.what));
    const without = tellHtml({ ...history, events }, []);
    expect([shades(without, 'paused'), shades(without, 'offline')]).toEqual([0, 0]);
  });

  it('links each breach to the event that shows it', () => {
    const page = broken((draft) => BROKEN.kept['a confirmation comes before its commit']?.(draft));
    const [, event] = /<a href="#e(\d+)"><b>kept<\/b>/.exec(page) ?? [];
    expect(page).toContain(`<li class="row is-acked broken" id="e${event}"`);
    expect(broken((draft) => BROKEN.counts['a tab counts one more unread']?.(draft))).toContain(
      'href="#end"><b>counts',
    );
  });

  it('can be filtered by each conversation, and what is broken goes with its row', () => {
    const page = tellHtml(history, []);
    const values = [...page.matchAll(/<option value="(\d+)">/g)].map(([, value]) => value);
    expect(values.length).toBe(new Set(history.end.logs.map(({ conversation }) => conversation)).size);
    for (const value of values) expect(page).toMatch(new RegExp(` data-c="(?:\\d+ )*${value}(?: \\d+)*"`));
    const [, row, found] =
      /(data-c="\d+").*<li class="found" (data-c="\d+")>/.exec(
        broken((draft) => BROKEN.kept['a confirmation comes before its commit']?.(draft)),
      ) ?? [];
    expect(found).toBe(row);
    expect(found).toBeDefined();
  });

  it('escapes what people wrote, and how they call themselves and their groups', () => {
    const hostile: History = JSON.parse(JSON.stringify(history), (field, value) => {
      return typeof value === 'string' && /^(name|text|what|code|kind)$/.test(field) ? HOSTILE : value;
    });
    const errors = [HOSTILE];
    const events = [...hostile.events, { type: HOSTILE, at: 1, who: HOSTILE } as unknown as HistoryEvent];
    const page = tellHtml({ ...hostile, events, end: { ...hostile.end, errors } }, [
      { law: 'kept', found: HOSTILE, event: 1 },
      { law: 'kept', found: HOSTILE, event: null },
    ]);
    expect(page).toContain('&lt;/script&gt;&lt;img');
    expect(page).not.toContain('<img');
    expect(page.split('</script>')).toHaveLength(3);
    expect(unbalanced(page)).toEqual([]);
    const [, json = ''] = /id="events">(.*?)<\/script>/.exec(page) ?? [];
    expect(JSON.parse(json)).toHaveLength(history.events.length + 1);
  });

  it('names events that it does not know, and gives them no lane', () => {
    const rung = { type: 'rung', at: 1, who: 'bell' } as unknown as HistoryEvent;
    const page = tellHtml({ ...history, events: [rung, ...history.events] }, []);
    expect(page).toContain('<span class="who">bell</span> rung');
    expect(page).not.toContain('data-lane="bell"');
  });
});
