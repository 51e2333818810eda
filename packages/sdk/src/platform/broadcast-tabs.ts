// The tabs of one browser over its BroadcastChannel, which is there without a secure context, too.
import type { TabChannel, TabMessage } from '../tabs/tab-channel.js';

/** @param name tabs of the same name hear each other. @returns null where there is none: then each run is on its own */
export function openTabChannel(name: string): TabChannel | null {
  const Channel = (globalThis as { BroadcastChannel?: typeof BroadcastChannel }).BroadcastChannel;
  // Node has one among its threads, which are no tabs.
  if (Channel === undefined || !('document' in globalThis)) return null;
  const channel = new Channel(name);
  return {
    post(message) {
      channel.postMessage(message);
    },
    onMessage(listener) {
      channel.onmessage = ({ data }: MessageEvent<TabMessage>) => listener(data);
    },
    close() {
      channel.close();
    },
  };
}
