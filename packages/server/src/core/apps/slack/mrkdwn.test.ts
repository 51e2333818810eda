import { describe, expect, test } from 'vitest';
import { hrefOf } from '../../../edge/hrefs.js';
import { fromMrkdwn, linkShown, type Spoken, usersNamed, withoutHiddenLinks } from './mrkdwn.js';

const ANN = '01890a5d-ac97-7000-8000-000000000001';

function shown(text: string): { text: string; users: string[]; isToAll: boolean } {
  const spoken: Spoken = { users: new Set(), isToAll: false, nameOf: (id) => (id === ANN ? 'Ann' : null), hrefOf };
  return { text: fromMrkdwn(text, spoken), users: [...spoken.users], isToAll: spoken.isToAll };
}

describe('[A9] mrkdwn', () => {
  test.each([
    ['plain', 'plain'],
    ['*bold* and _it_ and ~gone~', '**bold** and _it_ and ~~gone~~'],
    ['a*b*c 2 * 3 * 4', 'a*b*c 2 * 3 * 4'],
    ['**already**', '**already**'],
    ['*<https://x.example/a|View>*', '**View (https://x.example/a)**'],
    ['`*code*` and ```\n~x~\n```', '`*code*` and ```\n~x~\n```'],
    ['`a &lt; b`', '`a < b`'],
    ['1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;', '1 < 2 && 3 > 2 &lt;'],
    ['<https://x.example>', 'https://x.example/'],
    ['<https://x.example/|x.example>', 'https://x.example/'],
    ['<https://evil.example|https://bank.example>', 'https://bank.example (https://evil.example/)'],
    ['<https://x.example/?a=1&amp;b=2|go>', 'go (https://x.example/?a=1&b=2)'],
    ['<mailto:a@x.example|a@x.example>', 'mailto:a@x.example'],
    ['<javascript:alert(1)|click>', '<javascript:alert(1)|click>'],
    ['<#C123|general>', '#general'],
    ['<!date^1392734382^{date}^https://x.example|18 February>', '18 February'],
    ['<!subteam^S1|@ops>', '@ops'],
    ['<@U123|Pat> <@U124>', '@Pat @U124'],
    ['x < y > z', 'x < y > z'],
    ['safe\u202Eexe.gpj', 'safeexe.gpj'],
    ['https://b\u0430nk.example', 'https://b\u0430nk.example'],
    ['<https://b\u0430nk.example|bank>', 'bank (https://xn--bnk-6cd.example/)'],
  ])('%j is shown as %j', (given, wanted) => {
    expect(shown(given).text).toBe(wanted);
  });

  test('people and everybody are spoken to, people who are there alone', () => {
    expect(shown(`<@${ANN.toUpperCase()}> <!here>`)).toEqual({ text: '@Ann @here', users: [ANN], isToAll: true });
    const nobody = ANN.replace('1', '2');
    expect(shown(`<@${nobody}|Pat>`)).toEqual({ text: '@Pat', users: [], isToAll: false });
    expect(usersNamed(`<@${ANN}> <@U1> <@${nobody}|x>`)).toEqual([ANN, nobody]);
  });

  test('no text makes a link that hides where it leads', () => {
    for (const hidden of [
      '[bank](https://evil.example)',
      '![x](https://evil.example)',
      '[a][b]\n[b]: https://evil.example',
    ]) {
      expect(withoutHiddenLinks(hidden)).not.toMatch(/\][([:]/);
    }
    expect(linkShown('https://x.example/a_(b)', 'y', { nameOf: () => null, hrefOf })).toBe(
      'y (https://x.example/a_%28b%29)',
    );
    expect(linkShown('not a link', 'label', { nameOf: () => null, hrefOf })).toBe('label (not%20a%20link)');
  });

  test('whatever comes is done with in time', () => {
    const start = performance.now();
    for (const text of [
      '*'.repeat(50_000),
      '<'.repeat(50_000),
      `*${'a '.repeat(30_000)}`,
      '`'.repeat(50_000),
      '*a'.repeat(30_000),
      '~a '.repeat(30_000),
    ]) {
      shown(text);
    }
    expect(performance.now() - start).toBeLessThan(5_000);
  });
});
