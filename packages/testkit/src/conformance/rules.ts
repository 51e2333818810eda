// Which rules docs/protocol/v1.md has, which of them the titles of this suite quote, and which nobody can see who knows a
// server by its URL alone. A rule that is in neither list is a promise that nothing holds.
import { readdirSync, readFileSync } from 'node:fs';

const PAGE = new URL('../../../../docs/protocol/v1.md', import.meta.url);
const HERE = new URL('.', import.meta.url);

/** Rules that can't be observed from outside, each with the reason, and where else it is held. */
export const UNOBSERVABLE: { readonly [rule: string]: string } = {
  M9: 'needs the server to be killed: the fault tests do it',
  M13: 'says what loss may do, and none can be caused from outside',
  C6: 'a duty of the client',
  L5: 'needs a server that ends or is full: the tests of the process and of bad input do it',
  U1: 'there is no kind of entry that a client of this version does not know',
  U4: 'names that are reserved: nothing bears them yet',
  U5: 'a duty of the client',
  N5: 'a duty of the client',
  Z3: 'needs a minute to pass: the tests of the core, and the nightly ones of the process, do it',
  Z4: 'needs a minute to pass, as Z3',
  Z5: 'needs a minute to pass, as Z3',
  Z6: 'a duty of the client',
  RT3: 'needs a day to pass: the tests of the core, and those of the process on a log that was made older, do it',
  RT5: 'needs a day to pass, as RT3',
  RT6: 'needs a day to pass, as RT3',
  RT7: 'needs a day to pass, as RT3',
  RT8: 'needs a day to pass, as RT3',
  LK3: 'a duty of the client',
  AU5: 'needs days to pass, and the database: the contract of its store does it',
  E3: 'needs a server that cannot tell: the fault tests do it',
  E4: 'a duty of the client',
  E6: 'needs a server that is asked for more than it can do: the tests of the edge do it',
  UG1: 'needs a reader that is behind: the tests of the edge do it',
  UG2: 'needs a reader that is behind, as UG1',
  UG3: 'needs a reader that is behind, as UG1',
  SC4: 'needs a server that webhooks go to: the tests of slash commands do it',
  SC8: 'needs a server that webhooks go to, as SC4',
  SC9: 'needs the address that a webhook is given, as SC4',
};

/** All rules of the contract's page. */
export function rulesOfContract(): readonly string[] {
  const page = readFileSync(PAGE, 'utf8');
  return [...page.matchAll(/^- \*\*([A-Z]+\d+)\*\*/gm)].map(([, rule = '']) => rule);
}

/** The rules that titles of this suite quote. */
export function quotedRules(): ReadonlySet<string> {
  const files = readdirSync(HERE).filter((name) => /\.[jt]s$/.test(name) && !name.endsWith('.d.ts'));
  const titles = files.flatMap((name) =>
    [...readFileSync(new URL(name, HERE), 'utf8').matchAll(/\(\s*['"`]((?:\[[A-Z]+\d+\]\s*)+)/g)].map(
      ([, quoted = '']) => quoted,
    ),
  );
  return new Set(titles.flatMap((quoted) => [...quoted.matchAll(/[A-Z]+\d+/g)].map(([rule]) => rule)));
}
