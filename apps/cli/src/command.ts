// What a command is: its name, its page of help, and how it runs. Exit status, for all of them: 0 done, 1 refused or failed,
// 2 wrong usage. A command writes what it found to standard output and how it goes to standard error.
import { type ParseArgsConfig, parseArgs } from 'node:util';

export type Terminal = {
  /** A line to standard output. */
  out(line: string): void;
  /** A line to standard error. */
  err(line: string): void;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** Ends what goes on for long: SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
  /** Whether standard error may be written over, and somebody looks. */
  readonly isShown: boolean;
};

export type Command = {
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): Promise<number>;
};

export const DONE = 0;
export const FAILED = 1;
export const MISUSED = 2;

/** The line cannot be meant: exit status 2, with the command's page. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** It was understood, and is not done: exit status 1. The message says what would be right. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

type Options = NonNullable<ParseArgsConfig['options']>;

type Parsed<O extends Options> = ReturnType<
  typeof parseArgs<{ args: string[]; options: O; allowPositionals: true; strict: true }>
>;

type Line<O extends Options> = { readonly values: Parsed<O>['values']; readonly words: readonly string[] };

/**
 * The options and the plain words of a line.
 * @throws UsageError for an option that there is not, or that lacks its value, and for more words than `most`
 */
export function parseLine<const O extends Options>(
  args: readonly string[],
  options: O,
  { least = 0, most = least }: { readonly least?: number; readonly most?: number } = {},
): Line<O> {
  const { values, positionals } = parse(args, options);
  if (positionals.length < least) throw new UsageError('something is missing');
  if (positionals.length > most) throw new UsageError(`${String(positionals[most])} is one word too many`);
  return { values, words: positionals };
}

function parse<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    if (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')) {
      throw new UsageError(error.message);
    }
    throw error;
  }
}

/** Aligned columns, without a rule or a frame. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
