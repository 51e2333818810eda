// The bus between the nodes of a cluster: hints, never truth (law 3). It may lose, double and reorder messages; whoever
// listens finds that out by arithmetic and reads the log. Its numbered rules BUS1–… are in docs/contracts.md and its
// contract suite in the testkit runs on every adapter.

export interface Bus {
  /**
   * Sends `message` to the subscribers of `topic` on every other node, never to those of this node. It returns before
   * anything is delivered, does not throw, and reports nothing: a lost publish is legal.
   */
  publish(topic: string, message: string): void;
  /**
   * Listens to `topic`; each subscription is independent of the others. The handlers must not throw.
   * @param onGap messages of this topic may have been lost since the last one: the link was down, or a queue ran over
   */
  subscribe(topic: string, onMessage: (message: string) => void, onGap: () => void): Unsubscribe;
}

/** Ends one subscription: its handlers are not called again, not even for a message on its way. May be called twice. */
export type Unsubscribe = () => void;
