/** Texts and names that try to be markup or script: they are shown as they were written and never run. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, hasChromium, openBrowser } from './browser.js';
import { Person } from './person.js';
import { ServerProcess } from './server-process.js';

const RUNS = 'window.hasRun=1';
const TEXTS = [
  `<script>${RUNS}</script>`,
  `<img src=x onerror="${RUNS}">`,
  `<svg onload=${RUNS}>`,
  `<svg><animate onbegin=${RUNS} attributeName=x dur=1s>`,
  `"><script>${RUNS}</script>`,
  `'"--></style></script><script>${RUNS}</script>`,
  `<iframe srcdoc="<script>parent.${RUNS}</script>"></iframe>`,
  `<iframe src="javascript:parent.${RUNS}">`,
  `<a href="javascript:${RUNS}">click</a>`,
  `javascript:${RUNS}`,
  `<math><mtext></form><form><mglyph><style></math><img src onerror=${RUNS}>`,
  `<body onload=${RUNS}>`,
  `<input autofocus onfocus=${RUNS}>`,
  `<details open ontoggle=${RUNS}>`,
  `<template><img src=x onerror=${RUNS}></template>`,
  `<noscript><p title="</noscript><img src=x onerror=${RUNS}>">`,
  `<meta http-equiv="refresh" content="0;url=data:text/html,x">`,
  `<base href="https://example.com/">`,
  `<style>body{display:none}</style>`,
  `<form><button formaction="javascript:${RUNS}">x</button></form>`,
  `\${${RUNS}} {{${RUNS}}} <%= ${RUNS} %>`,
  `&lt;script&gt;${RUNS}&lt;/script&gt; &amp; &#x3c;`,
  `\u202Egnp.exe \u2066 x \u200F \uFEFF`,
  `Z\u0335\u0321\u0322a\u0315\u031Bl\u0300g\u0301o\u0358`,
  `__proto__ constructor toString`,
];
const NAME = `<img src=x onerror="${RUNS}">`;

describe.skipIf(!hasChromium)('hostile text', () => {
  let server: ServerProcess;
  let browser: Browser;
  let mallory: Person;
  let ann: Person;

  beforeAll(async () => {
    server = await ServerProcess.open();
    browser = await openBrowser();
    mallory = await Person.signUp(browser, { username: 'mallory', name: NAME, url: server.url });
    ann = await Person.signUp(browser, { username: 'ann', name: 'Ann', url: server.url });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.remove();
  });

  it('is shown as it was written, in messages, names and titles, and never runs', async () => {
    await mallory.begin(['ann'], `<script>${RUNS}</script>`);
    for (const text of TEXTS) await mallory.write(text);
    await ann.open(`<script>${RUNS}</script>`);
    const isWhole = (texts: readonly string[]) => JSON.stringify(texts) === JSON.stringify(TEXTS);
    await eventually('Ann sees every text as it was written', () => ann.texts(), isWhole);
    await ann.page.locator('.author').getByText(NAME).waitFor();
    await ann.button('Details').click();
    await ann.page.getByRole('list', { name: 'Members' }).getByText(NAME).waitFor();
    await ann.button('Close this side').click();
    await ann.button('New conversation').click();
    await ann.page.getByRole('searchbox').fill('mallory');
    await ann.page.getByRole('dialog').getByText(NAME).waitFor();
    for (const { page, complaints } of [ann, mallory]) {
      expect(await page.evaluate('"hasRun" in window')).toBe(false);
      expect(complaints).toEqual([]);
    }
  });
});
