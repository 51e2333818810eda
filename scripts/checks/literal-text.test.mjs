import { expect, it } from 'vitest';
import { checkLiteralText } from './literal-text.mjs';

/** @param {string} markup */
const complaintsAbout = (markup) =>
  checkLiteralText([
    { path: 'apps/web/src/ui/part.tsx', text: `export const part = (say: any, is: boolean) => ${markup};` },
  ]);

it.each([
  '<p>Hello</p>',
  '<p>{"Hello"}</p>',
  '<p>{is ? "Hello" : null}</p>',
  '<p>{is && `Hello ${1}`}</p>',
  '<p>{("at " + 1)}</p>',
  '<button aria-label="Close" />',
  '<input placeholder={is ? "Name" : ""} />',
  '<Field label="Name" />',
])('finds the text in %s', (markup) => {
  expect(complaintsAbout(markup)).toHaveLength(1);
});

it.each([
  '<p className="hint" role="status">{say("a.key")}</p>',
  '<p>{is ? say("a.key") : ` · ${1}`}</p>',
  '<p>@{1} · #</p>',
  '<p>{is === "yes" ? say("a") : say("b")}</p>',
  '<h1>Kith</h1>',
  '<input type="text" name="username" autoComplete="off" />',
])('has nothing against %s', (markup) => {
  expect(complaintsAbout(markup)).toEqual([]);
});

it('looks at the sources of the page alone', () => {
  const text = 'export const part = <p>Hello</p>;';
  for (const path of ['apps/web/src/ui/part.test.tsx', 'packages/react/src/part.tsx'])
    expect(checkLiteralText([{ path, text }])).toEqual([]);
});
