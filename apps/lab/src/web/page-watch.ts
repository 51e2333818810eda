// What a page notes of itself while it is measured: long tasks, layout shifts, frames, when something was painted. It is handed
// to the browser as text, and runs before the page's own scripts.

export type Watched = {
  /** Ends of tasks of more than 50 ms, and how long each took. */
  readonly longTasks: readonly { readonly endMs: number; readonly durationMs: number }[];
  /** Each shift that nobody's press explains. */
  readonly shifts: readonly number[];
  readonly frames: number;
};

export const WATCH = `
  globalThis.watched = { longTasks: [], shifts: [], frames: 0 };
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries())
      watched.longTasks.push({ endMs: startTime + duration, durationMs: duration });
  }).observe({ type: 'longtask', buffered: true });
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput } of list.getEntries()) if (!hadRecentInput) watched.shifts.push(value);
  }).observe({ type: 'layout-shift', buffered: true });
  const frame = () => { watched.frames += 1; requestAnimationFrame(frame); };
  requestAnimationFrame(frame);

  /** Resolves with the time at which what the selector names was in a frame that was painted. */
  globalThis.paintedAt = (selector) => new Promise((resolve) => {
    const look = () => {
      if (document.querySelector(selector) === null) return requestAnimationFrame(look);
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve(performance.now());
        port2.postMessage(null);
      });
    };
    look();
  });
`;

/** In the page: presses a row of the list, and says how long it took until a message of it was painted. */
export const OPEN_ROW = `(async (index) => {
  const row = document.querySelectorAll('.conversations .row')[index];
  const title = row.querySelector('.row-title bdi')?.textContent ?? '';
  const startMs = performance.now();
  row.click();
  for (;;) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    const heading = document.querySelector('.conversation h2')?.textContent ?? '';
    if (heading === title && document.querySelector('.conversation .message, .conversation .fact') !== null) break;
    if (performance.now() - startMs > 20000) throw new Error('never painted: ' + title);
  }
  await new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = resolve;
    port2.postMessage(null);
  });
  return performance.now() - startMs;
})`;
