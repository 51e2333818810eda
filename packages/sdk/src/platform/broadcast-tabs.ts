// The tabs of one browser over its BroadcastChannel, which is there without a secure context, too.
import type { TabChannel, TabMessage } from '../tabs/tab-channel.js';

/** @param name tabs of the same name hear each other. @returns null where there is none: then each run is on its own */
export function openTabChannel(name: string): TabChannel | null {
  const Channel = (globalThis as { BroadcastChannel?: typeof BroadcastChannel }).BroadcastChannel;
  // Node has one among its threads, which are no tabs.
  if (Channel === undefined || !('document' in globalThis)) return null;
  const channel = new Channel(name);
  let isClosed = false;
  return {
    post(message) {
      // What was begun before somebody signed out may end after it: nobody hears of it.
      if (!isClosed) channel.postMessage(message);
    },
    onMessage(listener) {
      channel.onmessage = ({ data }: MessageEvent<TabMessage>) => listener(data);
    },
    close() {
      isClosed = true;
      channel.close();
    },
  };
}
