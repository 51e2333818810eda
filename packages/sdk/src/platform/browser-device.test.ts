import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { browserDevice } from './browser-device.js';

class FakeDocument extends EventTarget {
  visibilityState = 'visible';
}

describe('news of the device', () => {
  const page = new EventTarget();
  const connection = new EventTarget();
  let document: FakeDocument;
  let news: number;
  let stop: () => void;

  beforeEach(() => {
    vi.useFakeTimers();
    document = new FakeDocument();
    news = 0;
    const globals = {
      addEventListener: page.addEventListener.bind(page),
      removeEventListener: page.removeEventListener.bind(page),
      document,
      navigator: { onLine: true, connection },
    };
    stop = browserDevice(globals).onWake(() => {
      news += 1;
    });
  });
  afterEach(() => {
    stop();
    expect(vi.getTimerCount()).toBe(0);
    for (const type of ['online', 'offline', 'focus', 'pageshow']) page.dispatchEvent(new Event(type));
    connection.dispatchEvent(new Event('change'));
    document.dispatchEvent(new Event('visibilitychange'));
    expect(news, 'nothing is told after the end').toBe(told);
    vi.useRealTimers();
  });
  let told = 0;
  const expectNews = (count: number) => {
    told = count;
    expect(news).toBe(count);
  };

  it('come when the network is back, another or gone, and when the page is shown or looked at', () => {
    for (const type of ['online', 'offline', 'focus', 'pageshow']) page.dispatchEvent(new Event(type));
    connection.dispatchEvent(new Event('change'));
    document.dispatchEvent(new Event('resume'));
    document.dispatchEvent(new Event('visibilitychange'));
    expectNews(7);
  });

  it('do not come when the page is hidden', () => {
    document.visibilityState = 'hidden';
    document.dispatchEvent(new Event('visibilitychange'));
    expectNews(0);
  });

  it('come when a timer is so late that the device must have slept, and not while it is awake', () => {
    vi.advanceTimersByTime(600_000);
    expectNews(0);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(5_000);
    expectNews(1);
    vi.advanceTimersByTime(60_000);
    expectNews(1);
  });

  it('do not take the slow timers of a hidden page for sleep', () => {
    document.visibilityState = 'hidden';
    vi.setSystemTime(Date.now() + 60_000);
    vi.advanceTimersByTime(5_000);
    expectNews(0);
    vi.setSystemTime(Date.now() + 120_000);
    vi.advanceTimersByTime(5_000);
    expectNews(1);
  });
});

describe('a device of which little is known', () => {
  it('sleeps, and that is noticed all the same', () => {
    vi.useFakeTimers();
    const device = browserDevice({});
    let news = 0;
    const stop = device.onWake(() => {
      news += 1;
    });
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(5_000);
    stop();
    expect([news, vi.getTimerCount()]).toEqual([1, 0]);
    vi.useRealTimers();
  });
});
