// What is shipped for those who look at a server from outside: alert rules that Prometheus could read, a dashboard, an example
// of scaling. Each metric that they name is one that the server has (its own table is held to the sources elsewhere), with labels
// that it has, and each alert is explained in docs/operate.md.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VARIABLES } from '@kith/server/config/schema';
import { METRICS } from '@kith/server/edge/metrics';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
};

type Recorded = { readonly record: string; readonly expr: string };

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILE = `${ROOT}deploy/alerts.yml`;
const { groups } = parse(readFileSync(FILE, 'utf8')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly (Rule | Recorded)[] }[];
};
const ALL = groups.flatMap(({ rules }) => rules);
const RULES = ALL.filter((rule): rule is Rule => 'alert' in rule);
const RECORDED = ALL.filter((rule): rule is Recorded => 'record' in rule);
const MANUAL = readFileSync(`${ROOT}docs/operate.md`, 'utf8');
/** Of Prometheus itself, and of the process. */
const NOT_OURS = /^(?:up|process_[a-z_]+|nodejs_[a-z_0-9]+)$/;

type Named = { readonly name: string; readonly labels: readonly string[] };

/** The metrics of an expression, recorded ones too, with the labels that are asked for. */
function namedIn(expr: string): readonly Named[] {
  const names = expr.matchAll(/(?<![\w:"])((?:kith|process|nodejs)[:_][\w:]+|up)\b(?:\{([^}]*)\})?/g);
  return [...names].map(([, name = '', labels = '']) => ({
    name,
    labels: [...labels.matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => label),
  }));
}

/** Why an expression asks for something that there is not. */
function faultsOf(expr: string): readonly string[] {
  return namedIn(expr).flatMap(({ name, labels }) => {
    if (NOT_OURS.test(name) || RECORDED.some(({ record }) => record === name)) return [];
    const part = /_(?:bucket|sum|count)$/.exec(name)?.[0] ?? '';
    const metric = METRICS.get(name) ?? METRICS.get(name.slice(0, name.length - part.length));
    if (metric === undefined || (METRICS.get(name) === undefined && metric.kind !== 'histogram')) return [name];
    const known = [...(metric.labels ?? []), 'job', 'instance', ...(part === '_bucket' ? ['le'] : [])];
    return labels.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
  });
}

describe('the alert rules that are shipped', () => {
  test('are of the form that Prometheus reads', () => {
    expect(RULES.length).toBeGreaterThan(5);
    for (const { alert, expr, labels, annotations, ...rest } of RULES) {
      expect(alert).toMatch(/^Kith[A-Z][A-Za-z]+$/);
      expect(expr.split('(').length).toBe(expr.split(')').length);
      expect(['page', 'warn']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
      if (rest.for !== undefined) expect(rest.for).toMatch(/^\d+[smh]$/);
    }
    expect(new Set(RULES.map(({ alert }) => alert)).size).toBe(RULES.length);
  });

  test('warn of slow statements, by a metric of the server', () => {
    const named = RULES.filter(({ expr }) => expr.includes('kith_slow_queries_total'));
    expect(named.map(({ alert }) => alert)).toEqual(['KithSlowQueries', 'KithSlowStatement']);
  });

  test.each(RULES.map((rule) => [rule.alert, rule] as const))(
    '%s names what there is, and is explained',
    (alert, rule) => {
      expect(MANUAL).toContain(`\`${alert}\``);
      expect(namedIn(rule.expr)).not.toEqual([]);
      expect(faultsOf(rule.expr)).toEqual([]);
    },
  );

  test('what is recorded for the targets names what there is, and each target has its budget', () => {
    for (const { record, expr } of RECORDED) {
      expect(record).toMatch(/^kith:[a-z_]+:burn(?:5m|1h|6h|30d)$/);
      expect([record, faultsOf(expr), namedIn(expr).length]).toEqual([record, [], 2]);
    }
    const targets = new Set(RECORDED.map(({ record }) => record.split(':')[1]));
    for (const target of targets) expect(RECORDED.some(({ record }) => record === `kith:${target}:burn30d`)).toBe(true);
    expect(targets.size).toBe(2);
  });

  test('a metric, or a label, that there is not would be found', () => {
    expect(faultsOf('rate(kith_slow_query_total[5m]) / up')).toEqual(['kith_slow_query_total']);
    expect(faultsOf('kith_requests_total{kode="x"}')).toEqual(['kith_requests_total{kode}']);
    expect(faultsOf('kith_connections_sum')).toEqual(['kith_connections_sum']);
    expect(faultsOf('kith_request_seconds_bucket{le="0.25",name="message.send"}')).toEqual([]);
  });

  test.runIf(spawnSync('promtool', ['--version']).status === 0)('are taken by promtool', () => {
    expect(execFileSync('promtool', ['check', 'rules', FILE], { encoding: 'utf8' })).toContain('SUCCESS');
  });
});

describe('the dashboard that is shipped', () => {
  type Panel = {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly description?: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
    readonly datasource?: { readonly uid: string };
  };
  const { panels, ...dashboard } = JSON.parse(readFileSync(`${ROOT}deploy/grafana.json`, 'utf8')) as {
    readonly panels: readonly Panel[];
    readonly title: string;
    readonly uid: string;
    readonly schemaVersion: number;
    readonly templating: { readonly list: readonly { readonly name: string; readonly type: string }[] };
  };
  const queries = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr] as const));

  test('is of the form that Grafana reads, every panel with its place and its meaning', () => {
    expect(dashboard).toMatchObject({ title: 'Kith', uid: 'kith', schemaVersion: expect.any(Number) });
    expect(dashboard.templating.list).toContainEqual(expect.objectContaining({ name: 'source', type: 'datasource' }));
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, type, gridPos, targets = [], description = '', datasource } of panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect([title, taken.has(`${x} ${y}`)]).toEqual([title, false]);
          taken.add(`${x} ${y}`);
        }
      }
      if (type === 'row') continue;
      expect([title, targets.length > 0, description.length > 20, datasource?.uid]).toEqual([
        ...[title, true, true, '$' + '{source}'],
      ]);
    }
  });

  test('asks for what there is, the budgets of the targets among it', () => {
    expect(queries.length).toBeGreaterThan(15);
    for (const [title, expr] of queries) {
      expect([title, faultsOf(expr), namedIn(expr).length > 0]).toEqual([title, [], true]);
      expect(expr.split('(').length).toBe(expr.split(')').length);
    }
    const all = queries.map(([, expr]) => expr).join();
    for (const record of ['kith:served:burn30d', 'kith:sent_in_time:burn30d']) expect(all).toContain(record);
  });
});

describe('the example of scaling by load', () => {
  test('scales by a metric that the server has, and gives a drain its time', () => {
    const documents = parseAllDocuments(readFileSync(`${ROOT}deploy/kubernetes.yaml`, 'utf8')).map((each) =>
      each.toJS(),
    );
    const of = (kind: string) => documents.find((each) => each.kind === kind);
    const { spec } = of('HorizontalPodAutoscaler');
    const names = spec.metrics.map((metric: { pods?: { metric: { name: string } } }) => metric.pods?.metric.name);
    expect(METRICS.get(names[0])?.kind).toBe('gauge');
    expect(spec.scaleTargetRef).toMatchObject({ kind: 'Deployment', name: of('Deployment').metadata.name });
    const { template } = of('Deployment').spec;
    const [{ readinessProbe, livenessProbe, env }] = template.spec.containers;
    expect([readinessProbe.httpGet.path, livenessProbe.httpGet.path]).toEqual(['/readyz', '/healthz']);
    const drainMs = Number(env.find(({ name }: { name: string }) => name === 'DRAIN_MS').value);
    expect(template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(drainMs);
    for (const { name } of env) expect(Object.values(VARIABLES).map((variable) => variable.name)).toContain(name);
  });
});
