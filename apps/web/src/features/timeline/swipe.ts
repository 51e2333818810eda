// A finger that draws a message towards the end of its line answers it. One listener for the whole log; the message follows the
// finger, and what goes up and down stays with the browser, as does code that is wider than its box.
import type { PointerEvent } from 'react';

/** In CSS pixels: from there on it is a swipe and no shaky press; from there it answers; further it doesn't go. */
const BEGIN_PX = 10;
const REPLY_PX = 56;
const MOST_PX = 80;

type Swipe = {
  readonly pointer: number;
  readonly element: HTMLElement;
  readonly x: number;
  readonly y: number;
  /** 1 where lines run from left to right. */
  readonly direction: 1 | -1;
  way: number;
  isBegun: boolean;
};

/** @param onReply is given the seq of the message that is answered */
export function swipeOf(onReply: (seq: number) => void) {
  let swipe: Swipe | null = null;

  function end(): void {
    if (swipe === null) return;
    const { element } = swipe;
    swipe = null;
    element.classList.remove('swiping', 'answering');
    element.style.removeProperty('translate');
  }

  return {
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      end();
      const { target, pointerType, isPrimary } = event;
      if (pointerType !== 'touch' || !isPrimary || !(target instanceof Element)) return;
      const element = target.closest<HTMLElement>('.message[data-seq]:not(.deleted, .choosing)');
      if (element === null || target.closest('.code, input')) return;
      swipe = {
        pointer: event.pointerId,
        element,
        x: event.clientX,
        y: event.clientY,
        direction: getComputedStyle(element).direction === 'rtl' ? -1 : 1,
        way: 0,
        isBegun: false,
      };
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (swipe === null || event.pointerId !== swipe.pointer) return;
      const way = (event.clientX - swipe.x) * swipe.direction;
      if (!swipe.isBegun) {
        if (Math.abs(event.clientY - swipe.y) > BEGIN_PX || way < -BEGIN_PX) return end();
        if (way < BEGIN_PX) return;
        swipe.isBegun = true;
        swipe.element.classList.add('swiping');
      }
      swipe.way = Math.max(0, Math.min(MOST_PX, way));
      swipe.element.style.translate = `${swipe.way * swipe.direction}px`;
      swipe.element.classList.toggle('answering', swipe.way >= REPLY_PX);
    },
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      if (swipe === null || event.pointerId !== swipe.pointer) return;
      const { element, way } = swipe;
      end();
      if (way >= REPLY_PX) onReply(Number(element.dataset.seq));
    },
    onPointerCancel: end,
  };
}
