// What nodes tell each other over the bus: about a conversation or a person, entries or other things. All of it may be lost.
// Whoever takes it was written by this same code.

export type Topic = { readonly kind: 'conversation' | 'user'; readonly id: string };

/** What nodes tell each other beside entries; every kind may be lost. */
export type NodeMessage = { readonly type: string; readonly [field: string]: unknown };

export function topicName(topic: Topic): string {
  return `${topic.kind === 'conversation' ? 'c' : 'u'}:${topic.id}`;
}
