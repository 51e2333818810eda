// The tabs of one browser over its BroadcastChannel, which is there without a secure context, too. Null where there is none:
// then each run holds its own connection.
import type { TabChannel, TabMessage } from '../tabs/tab-channel.js';

export type OpenTabChannel = (name: string) => TabChannel;

export function broadcastTabs(): OpenTabChannel | null {
  const Channel = (globalThis as { BroadcastChannel?: typeof BroadcastChannel }).BroadcastChannel;
  // Node has one among its threads, which are no tabs.
  if (Channel === undefined || !('document' in globalThis)) return null;
  return (name) => {
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
  };
}
