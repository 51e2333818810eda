// The alert rules that are shipped: Prometheus could read them, and each metric that they name is one that the server has and
// docs/operate.md explains, as is each alert.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string };
};

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const FILE = `${ROOT}deploy/alerts.yml`;
const { groups } = parse(readFileSync(FILE, 'utf8')) as {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
};
const RULES = groups.flatMap(({ rules }) => rules);
const MANUAL = readFileSync(`${ROOT}docs/operate.md`, 'utf8');
/** Of Prometheus itself. */
const OF_PROMETHEUS = ['up'];

/** All that the server's sources say, but tests. */
function sources(): string {
  const directory = `${ROOT}packages/server/src`;
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const written = files.filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  return written.map((file) => readFileSync(`${directory}/${file}`, 'utf8')).join('\n');
}

/** Whether the sources have the name: as it is, or put together of a part and one of the words that it may end with. */
function isMade(name: string, source: string): boolean {
  const failure = /^kith_append_(\w+)_total$/.exec(name)?.[1];
  const isOfFailures = source.includes('`kith_append_$' + '{failure}_total`') && source.includes(`'${failure}'`);
  const consumer = /^kith_(\w+?)_(conversations_behind|catching_up)$/.exec(name);
  const isOfConsumers =
    consumer !== null && source.includes(`_${consumer[2]}\``) && source.includes(`'${consumer[1]}'`);
  return source.includes(`'${name}'`) || source.includes(`${name}:`) || isOfFailures || isOfConsumers;
}

function metricsOf({ expr }: Rule): readonly string[] {
  const names = expr.match(/\b(?:kith_\w+|up)\b(?!\s*=)/g) ?? [];
  return [...new Set(names)].filter((name) => !OF_PROMETHEUS.includes(name));
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
    const named = RULES.filter((rule) => metricsOf(rule).includes('kith_slow_queries_total'));
    expect(named.map(({ alert }) => alert)).toEqual(['KithSlowQueries', 'KithSlowStatement']);
  });

  test.each(RULES.map((rule) => [rule.alert, rule] as const))(
    '%s names what there is, and is explained',
    (alert, rule) => {
      const source = sources();
      expect(MANUAL).toContain(`\`${alert}\``);
      for (const name of metricsOf(rule)) {
        expect([name, MANUAL.includes(`\`${name}\``)]).toEqual([name, true]);
        expect([name, isMade(name, source)]).toEqual([name, true]);
      }
    },
  );

  test('a metric that there is not would be found', () => {
    expect(isMade('kith_slow_query_total', sources())).toBe(false);
    expect(metricsOf({ expr: 'rate(kith_a_total[5m]) / up' } as Rule)).toEqual(['kith_a_total']);
  });

  test.runIf(spawnSync('promtool', ['--version']).status === 0)('are taken by promtool', () => {
    expect(execFileSync('promtool', ['check', 'rules', FILE], { encoding: 'utf8' })).toContain('SUCCESS');
  });
});
