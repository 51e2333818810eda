// What several rounds come to: the rounds that count together, as figures, as lines like those of k6's summary, and as JSON in
// the form of k6's own, for what reads that.
import { Histogram } from '../measure/histogram.js';
import type { Round } from './round.js';

export type LoadReport = {
  readonly people: number;
  readonly perSecond: number;
  readonly counted: readonly Round[];
  readonly thrownAway: readonly string[];
  readonly acks: Histogram;
  readonly deliveries: Histogram;
  readonly lateness: Histogram;
  readonly seconds: number;
  readonly sent: number;
  readonly acked: number;
  readonly copies: number;
  /** CPU seconds. */
  readonly serverCpu: number;
  readonly postgresCpu: number;
  readonly loadCpu: number;
  readonly bytesPerConnection: number;
  /** What must not happen, each with how often it did, also in rounds that were thrown away. */
  readonly errors: { readonly [name: string]: number };
  readonly refusals: { readonly [code: string]: number };
  readonly comings: number;
  readonly turnedAway: number;
  readonly notPinned: string | null;
  readonly warning: string | null;
};

export type Setting = Pick<LoadReport, 'people' | 'perSecond' | 'bytesPerConnection' | 'notPinned' | 'warning'>;

const PERCENTS = [50, 90, 95, 99, 99.9] as const;

export function reportOf(setting: Setting, rounds: readonly Round[]): LoadReport {
  const counted = rounds.filter(({ thrownAway }) => thrownAway === null);
  const sum = (of: (round: Round) => number, among: readonly Round[] = counted) =>
    among.reduce((total, round) => total + of(round), 0);
  const merged = (of: (round: Round) => Histogram) => {
    const histogram = new Histogram();
    for (const round of counted) histogram.addAll(of(round));
    return histogram;
  };
  const refusals: { [code: string]: number } = {};
  for (const round of counted) {
    for (const [code, times] of Object.entries(round.refusals)) refusals[code] = (refusals[code] ?? 0) + times;
  }
  return {
    ...setting,
    counted,
    thrownAway: rounds.flatMap(({ thrownAway }) => thrownAway ?? []),
    acks: merged(({ acks }) => acks),
    deliveries: merged(({ deliveries }) => deliveries),
    lateness: merged(({ lateness }) => lateness),
    seconds: sum(({ seconds }) => seconds),
    sent: sum(({ sent }) => sent),
    acked: sum(({ acked }) => acked),
    copies: sum(({ copies }) => copies),
    serverCpu: sum(({ cpu }) => cpu.gateway),
    postgresCpu: sum(({ cpu }) => cpu.postgres),
    loadCpu: sum(({ loadCpu }) => loadCpu),
    errors: {
      out_of_order: sum(({ violations }) => violations.outOfOrder, rounds),
      holes: sum(({ violations }) => violations.holes, rounds),
      undelivered: sum(({ violations }) => violations.undelivered, rounds),
      lost: sum(({ violations }) => violations.lost ?? 0, rounds),
      unanswered: sum(({ unanswered }) => unanswered, rounds),
      connections_ended: sum(({ ended }) => ended, rounds),
    },
    refusals,
    comings: sum(({ comings }) => comings),
    turnedAway: sum(({ turnedAway }) => turnedAway),
  };
}

export function hasErrors({ errors }: LoadReport): boolean {
  return Object.values(errors).some((times) => times > 0);
}

/** Microseconds of CPU. */
export function costsOf(report: LoadReport) {
  const of = (cpu: number, count: number) => (cpu * 1e6) / count;
  const { serverCpu, postgresCpu, copies, acked } = report;
  return {
    serverPerCopy: of(serverCpu, copies),
    serverPerMessage: of(serverCpu, acked),
    postgresPerCopy: of(postgresCpu, copies),
    postgresPerMessage: of(postgresCpu, acked),
  };
}

export function summaryLines(report: LoadReport): readonly string[] {
  const { counted, thrownAway, seconds, errors, notPinned, warning } = report;
  const rounds = counted.length + thrownAway.length;
  const cost = costsOf(report);
  const perSecond = (count: number) => `${count}  ${(count / seconds).toFixed(1)}/s`;
  const core = (cpu: number) => `${((100 * cpu) / seconds).toFixed(1)} % of a core`;
  const values: readonly (readonly [string, string])[] = [
    ['messages_sent', perSecond(report.sent)],
    ['messages_acked', perSecond(report.acked)],
    ['copies_delivered', perSecond(report.copies)],
    ['ack_duration', durationsOf(report.acks)],
    ['delivery_duration', `${durationsOf(report.deliveries)}  of ${report.deliveries.count} copies that were parsed`],
    [
      'server_cpu',
      `${micros(cost.serverPerCopy)}/copy  ${micros(cost.serverPerMessage)}/message  ${core(report.serverCpu)}`,
    ],
    [
      'postgres_cpu',
      `${micros(cost.postgresPerCopy)}/copy  ${micros(cost.postgresPerMessage)}/message  ${core(report.postgresCpu)}`,
    ],
    ['load_side', `${core(report.loadCpu)}  late by p(99)=${ms(report.lateness.percentile(99))}`],
    ['bytes_per_connection', `${Math.round(report.bytesPerConnection)}  ${report.people} connections`],
    ['people_came_back', `${report.comings}  told to come later ${report.turnedAway} times`],
    [
      'refusals',
      Object.entries(report.refusals)
        .map(([code, times]) => `${code} ${times}`)
        .join(', ') || '0',
    ],
  ];
  return [
    `${counted.length} of ${rounds} rounds count: ${report.people} people, ${report.perSecond} messages a second as an open loop`,
    ...thrownAway.map((why) => `THROWN AWAY: a round, because ${why}`),
    ...(notPinned === null ? [] : [`NOT PINNED: ${notPinned}`]),
    ...(warning === null ? [] : [`WARNING: ${warning}`]),
    '',
    ...Object.entries(errors).map(
      ([name, times]) => `  ${times === 0 ? '✓' : '✗'} ${name.replaceAll('_', ' ')}: ${times}`,
    ),
    '',
    ...(counted.length === 0 ? [] : values.map(([name, value]) => `  ${`${name} `.padEnd(24, '.')}: ${value}`)),
  ];
}

/** As k6's `handleSummary` is given it: metrics by name, each with its type and values. Durations in milliseconds. */
export function summaryJson(report: LoadReport): object {
  const cost = costsOf(report);
  const trend = (histogram: Histogram) => {
    const percents = PERCENTS.map((percent) => [`p(${percent})`, histogram.percentile(percent)]);
    const values = { avg: histogram.mean, max: histogram.max, count: histogram.count, ...Object.fromEntries(percents) };
    return { type: 'trend', contains: 'time', values };
  };
  const counter = (count: number) => ({
    type: 'counter',
    contains: 'default',
    values: { count, rate: count / report.seconds },
  });
  const gauge = (value: number) => ({ type: 'gauge', contains: 'default', values: { value } });
  return {
    metrics: {
      messages_sent: counter(report.sent),
      messages_acked: counter(report.acked),
      copies_delivered: counter(report.copies),
      ack_duration: trend(report.acks),
      delivery_duration: trend(report.deliveries),
      load_lateness: trend(report.lateness),
      server_cpu_us_per_copy: gauge(cost.serverPerCopy),
      server_cpu_us_per_message: gauge(cost.serverPerMessage),
      postgres_cpu_us_per_copy: gauge(cost.postgresPerCopy),
      postgres_cpu_us_per_message: gauge(cost.postgresPerMessage),
      load_cpu_cores: gauge(report.loadCpu / report.seconds),
      bytes_per_connection: gauge(report.bytesPerConnection),
      vus: gauge(report.people),
      ...Object.fromEntries(Object.entries(report.errors).map(([name, count]) => [name, counter(count)])),
    },
    root_group: {
      checks: Object.entries(report.errors).map(([name, times]) => ({
        name: `no ${name.replaceAll('_', ' ')}`,
        passes: times === 0 ? 1 : 0,
        fails: times === 0 ? 0 : 1,
      })),
    },
    state: { testRunDurationMs: report.seconds * 1_000 },
    kith: {
      perSecond: report.perSecond,
      roundsCounted: report.counted.length,
      thrownAway: report.thrownAway,
      refusals: report.refusals,
      notPinned: report.notPinned,
      warning: report.warning,
      timelines: report.counted.map(({ timeline }) => timeline),
    },
  };
}

function durationsOf(histogram: Histogram): string {
  const percents = PERCENTS.map((percent) => `p(${percent})=${ms(histogram.percentile(percent))}`);
  return `avg=${ms(histogram.mean)} ${percents.join(' ')} max=${ms(histogram.max)}`;
}

function ms(value: number): string {
  return `${value.toFixed(value < 100 ? 2 : 0)}ms`;
}

function micros(value: number): string {
  return `${value.toFixed(1)}µs`;
}
