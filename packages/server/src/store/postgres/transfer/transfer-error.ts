// What is wrong with a file that is to be imported, or keeps an export from being made: the message says what would be right, and,
// where it is about a line of the file, begins with its number.

export class TransferError extends Error {
  override readonly name = 'TransferError';

  /** @param line counted from 1; null where it is about none */
  constructor(message: string, line: number | null = null) {
    super(line === null ? message : `line ${line}: ${message}`);
  }
}

/** @throws TransferError about the line, where `check` throws */
export function checkedAt<T>(line: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw new TransferError(error instanceof Error ? error.message : String(error), line);
  }
}
