/**
 * What a finger presses, as WCAG 2.5.5 counts it: 44 by 44 CSS pixels, by what is hit there and not by what is drawn, and of
 * which no other target takes a part; links in the middle of a text excepted.
 */
import type { Page } from 'playwright-core';

export const PHONE = { width: 360, height: 800 };

const LOOK = `(() => {
  const LEAST = 44;
  const REACH = LEAST / 2 - 0.75;
  const SELECTOR = 'a[href], button, input:not([type=hidden]), select, textarea, summary, label:has(input), ' +
    '[role=button], [role=option], [role=menuitem], [role=tab]';
  const modal = [...document.querySelectorAll('dialog[open]')].at(-1);
  const small = [];
  for (const element of document.querySelectorAll(SELECTOR)) {
    if (element.disabled || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (modal && !modal.contains(element)) continue;
    // Of a choice with its words, all of it is pressed.
    if (element.matches('label input')) continue;
    const { left, top, width, height } = element.getBoundingClientRect();
    if (width === 0 || height === 0 || element.closest('.unseen')) continue;
    const isText = ({ nodeType, data }) => nodeType === Node.TEXT_NODE && data.trim() !== '';
    if (getComputedStyle(element).display.startsWith('inline') && [...element.parentNode.childNodes].some(isText)) continue;
    const [x, y] = [left + width / 2, top + height / 2];
    // Something else lies over it.
    const over = document.elementFromPoint(x, y);
    if (over !== null && !element.contains(over)) continue;
    // Drawn smaller than it is.
    const around = getComputedStyle(element, '::after');
    const [wide, high] = around.position === 'absolute' ? [around.width, around.height].map(Number.parseFloat) : [0, 0];
    const isTaken = (atX, atY) => {
      const other = document.elementFromPoint(atX, atY)?.closest(SELECTOR);
      return over !== null && other && other !== element && !other.closest('[data-radix-popper-content-wrapper]');
    };
    const fits = (size, one, other) => size >= LEAST - 0.5 && !isTaken(...one) && !isTaken(...other);
    if (
      !(width >= LEAST - 0.5 || fits(wide, [x - REACH, y], [x + REACH, y])) ||
      !(height >= LEAST - 0.5 || fits(high, [x, y - REACH], [x, y + REACH]))
    ) {
      const name = element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40);
      small.push(element.tagName.toLowerCase() + '.' + element.className + ' “' + name + '”: ' +
        Math.round(width) + ' × ' + Math.round(height));
    }
  }
  return [...new Set(small)];
})()`;

/** Each of those in sight that a finger may miss, with its name and size. */
export async function smallTargets(page: Page): Promise<readonly string[]> {
  return (await page.evaluate(LOOK)) as string[];
}

/** Runs something in a page that is touched and no longer pointed at, at the width of a phone. */
export async function asPhone<T>(page: Page, run: () => Promise<T>): Promise<T> {
  const session = await page.context().newCDPSession(page);
  await page.setViewportSize(PHONE);
  await session.send('Emulation.setTouchEmulationEnabled', { enabled: true, maxTouchPoints: 1 });
  try {
    return await run();
  } finally {
    await session.send('Emulation.setTouchEmulationEnabled', { enabled: false });
    await session.detach();
  }
}
