import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Attention } from './attention.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

class FakePage extends EventTarget {
  visibilityState = 'visible';
  defaultView = new EventTarget();
  hasFocus = () => true;
  change(state: 'visible' | 'hidden'): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

describe('attention', () => {
  it('[S70] is away after five minutes without a touch, or one in the background, and back at once', () => {
    const page = new FakePage();
    const attention = new Attention(page as unknown as Document, () => {});
    vi.advanceTimersByTime(5 * 60_000 - 1);
    expect(attention.status).toBe('online');
    vi.advanceTimersByTime(1);
    expect(attention.status).toBe('away');
    page.dispatchEvent(new Event('keydown'));
    expect(attention.status).toBe('online');
    page.change('hidden');
    expect([attention.isHere, attention.status]).toEqual([false, 'online']);
    vi.advanceTimersByTime(60_000);
    expect(attention.status).toBe('away');
    page.change('visible');
    expect([attention.isHere, attention.status]).toEqual([true, 'online']);
  });

  it('leaves no timer and hears nothing after its end', () => {
    const page = new FakePage();
    let changes = 0;
    const attention = new Attention(page as unknown as Document, () => {
      changes += 1;
    });
    attention.close();
    page.dispatchEvent(new Event('keydown'));
    page.defaultView.dispatchEvent(new Event('focus'));
    expect([changes, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
