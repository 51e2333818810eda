// How much there is to read in all of one's conversations, but for those that are muted.
import { useConversations } from '@kith/react';

export function useUnread(): number {
  return useConversations().reduce((sum, { unread, isMuted }) => (isMuted ? sum : sum + unread), 0);
}
