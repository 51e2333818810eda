// What is said of rounds: those that count, what must not happen also of those that do not, and the form of k6's summary.
import { expect, it } from 'vitest';
import { Histogram } from '../measure/histogram.js';
import { loadPage } from './load-page.js';
import { hasErrors, reportOf, summaryJson, summaryLines } from './load-report.js';
import type { Round } from './round.js';

function roundWith(changes: Partial<Round>): Round {
  const of = (...ms: number[]) => {
    const histogram = new Histogram();
    for (const one of ms) histogram.add(one);
    return histogram;
  };
  return {
    ...{
      seconds: 2,
      perSecond: 50,
      sent: 100,
      acked: 100,
      copies: 1_450,
      cpu: { gateway: 0.5, postgres: 0.2 },
      loadCpu: 0.4,
    },
    ...{
      acks: of(1, 2, 3),
      deliveries: of(2, 4),
      lateness: of(0.1),
      unanswered: 0,
      refusals: {},
      ended: 0,
      comings: 2,
      turnedAway: 1,
    },
    violations: { outOfOrder: 0, holes: 0, undelivered: 0, lost: 0 },
    timeline: [1, 2].map(() => ({ sent: 50, acked: 50, copies: 725, server: 0.25, postgres: 0.1, load: 0.2 })),
    thrownAway: null,
    ...changes,
  };
}

const SETTING = { people: 54, perSecond: 50, bytesPerConnection: 20_000, notPinned: null, warning: null };

it('[S199] adds up the rounds that count, and says which were thrown away and why', () => {
  const report = reportOf(SETTING, [
    roundWith({}),
    roundWith({}),
    roundWith({ sent: 9, thrownAway: 'the load side was late' }),
  ]);
  expect(report).toMatchObject({
    sent: 200,
    acked: 200,
    copies: 2_900,
    seconds: 4,
    serverCpu: 1,
    comings: 4,
    turnedAway: 2,
  });
  expect([report.acks.count, hasErrors(report)]).toEqual([6, false]);
  const text = summaryLines(report).join('\n');
  expect(text).toContain('2 of 3 rounds count');
  expect(text).toContain('THROWN AWAY: a round, because the load side was late');
  expect(text).toMatch(/server_cpu \.+: 344\.8µs\/copy {2}5000\.0µs\/message/);
  expect(text).toMatch(/ack_duration \.+: avg=2\.00ms p\(50\)=2\.0/);
});

it('[S199] exports metrics and checks as k6 names them', () => {
  const json = JSON.parse(JSON.stringify(summaryJson(reportOf(SETTING, [roundWith({})]))));
  expect(json.metrics.messages_sent).toEqual({
    type: 'counter',
    contains: 'default',
    values: { count: 100, rate: 50 },
  });
  expect(json.metrics.ack_duration).toMatchObject({ type: 'trend', contains: 'time', values: { max: 3, count: 3 } });
  expect(Object.keys(json.metrics.ack_duration.values)).toEqual(
    expect.arrayContaining(['avg', 'max', 'p(50)', 'p(90)', 'p(95)', 'p(99)', 'p(99.9)']),
  );
  expect(json.metrics.vus.values).toEqual({ value: 54 });
  expect(json.root_group.checks).toContainEqual({ name: 'no out of order', passes: 1, fails: 0 });
});

it('counts what must not happen also in a round that was thrown away', () => {
  const violations = { outOfOrder: 1, holes: 0, undelivered: 0, lost: 0 };
  const report = reportOf(SETTING, [roundWith({ violations, thrownAway: 'it was late' })]);
  expect(hasErrors(report)).toBe(true);
  expect(summaryLines(report).join('\n')).toContain('✗ out of order: 1');
});

it('is a page with four plots that asks no network for anything', () => {
  const page = loadPage(reportOf(SETTING, [roundWith({})]));
  expect(page.match(/<svg /g)).toHaveLength(4);
  expect(page).not.toMatch(/(src|href)=|NaN|Infinity/);
  expect(loadPage(reportOf(SETTING, [roundWith({ thrownAway: 'late' })]))).not.toContain('<svg');
});
