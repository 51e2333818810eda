// What heaps of different sizes say: bytes for each more message.

/** @param counts messages, rising. @returns for each two neighbours the bytes by which a message makes the heap larger */
export function bytesPerMessage(counts: readonly number[], heapBytes: readonly number[]): readonly number[] {
  return counts.slice(1).map((count, index) => {
    const [before, after] = [heapBytes[index] ?? Number.NaN, heapBytes[index + 1] ?? Number.NaN];
    return (after - before) / (count - (counts[index] ?? 0));
  });
}
