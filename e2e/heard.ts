/**
 * What who listens to a page is told by it of itself: whatever changes inside an element that is live, be it by `aria-live` or by
 * its role. Chromium tells assistive technology of exactly these.
 */
import type { Page } from 'playwright-core';

/** A script that a page runs before its own. */
export const LISTENING = `
  globalThis.heard = [];
  const BY_ROLE = { status: 'polite', alert: 'assertive', log: 'polite' };
  const liveOf = (node) => {
    for (let element = node.nodeType === 1 ? node : node.parentElement; element; element = element.parentElement) {
      const live = element.getAttribute('aria-live') ?? BY_ROLE[element.getAttribute('role')];
      if (live !== undefined) return live === 'off' ? null : element;
    }
    return null;
  };
  addEventListener('DOMContentLoaded', () => {
    new MutationObserver((changes) => {
      const regions = new Set();
      for (const { target, type, addedNodes } of changes) {
        for (const node of type === 'characterData' ? [target] : addedNodes) {
          const region = node.isConnected ? liveOf(node) : null;
          if (region) regions.add(region);
        }
      }
      for (const region of regions) if (region.textContent.trim() !== '') globalThis.heard.push(region.textContent);
    }).observe(document.documentElement, { subtree: true, childList: true, characterData: true });
  });
`;

/** What was told since it was asked last. */
export async function heard(page: Page): Promise<readonly string[]> {
  return (await page.evaluate('globalThis.heard.splice(0)')) as string[];
}
