// How far somebody has got in a conversation (rule M12): two numbers that only rise.

export type Mark = { readonly delivered: number; readonly read: number };

export const NO_MARK: Mark = { delivered: 0, read: 0 };

/** `read` raises `delivered`. */
export function highest(held: Mark, { delivered = 0, read = 0 }: Partial<Mark>): Mark {
  return { delivered: Math.max(held.delivered, delivered, read), read: Math.max(held.read, read) };
}
