// News of the device: the network came back, changed or went, the page is shown again, or a timer came so late that the device
// must have slept. Whatever the platform lacks is simply never told.
import type { Device } from '../ports.js';

/** Of the globals, what is listened to and looked at; each may be missing. */
export type DeviceGlobals = {
  readonly addEventListener?: EventTarget['addEventListener'];
  readonly removeEventListener?: EventTarget['removeEventListener'];
  readonly document?: EventTarget & { readonly visibilityState: string };
  readonly navigator?: { readonly connection?: EventTarget };
};

const LOOK_MS = 5_000;
/** Timers of a hidden page come once a minute. */
const LATE_MS = 15_000;
const LATE_HIDDEN_MS = 90_000;

export function browserDevice(globals: DeviceGlobals): Device {
  const { document, navigator } = globals;
  const isVisible = () => document?.visibilityState !== 'hidden';
  return {
    onWake(listener) {
      const shown = () => {
        if (isVisible()) listener();
      };
      const listened = [
        ...['online', 'offline', 'pageshow', 'focus'].map((type) => listen(globals, type, listener)),
        ...['visibilitychange', 'resume'].map((type) => listen(document, type, shown)),
        listen(navigator?.connection, 'change', listener),
      ];
      const stopLooking = watchSleep(isVisible, listener);
      return () => {
        for (const stop of listened) stop();
        stopLooking();
      };
    },
  };
}

function listen(target: Partial<EventTarget> | undefined, ...args: [type: string, listener: () => void]): () => void {
  // React Native's `window` hears nothing.
  target?.addEventListener?.(...args);
  return () => target?.removeEventListener?.(...args);
}

/** By the clock of the wall: others may stand still while the device sleeps. */
function watchSleep(isVisible: () => boolean, listener: () => void): () => void {
  let lookedAt = Date.now();
  const timer = setInterval(() => {
    const lateMs = Date.now() - lookedAt - LOOK_MS;
    lookedAt = Date.now();
    if (lateMs >= (isVisible() ? LATE_MS : LATE_HIDDEN_MS)) listener();
  }, LOOK_MS);
  return () => clearInterval(timer);
}
