// What a server may print: to people a few known sentences on standard output, to machines one JSON object a line, with a
// level, on standard error; and nothing that people wrote or that opens a door, in either.

export type Output = { readonly out: string; readonly err: string };

const SENTENCES = /^Kith is at \S+$/;
/** Of a secret that was found: enough to know which it was. */
const SHOWN = 12;

/** @param secrets texts, names, passwords and tokens that must not be found, each long enough not to be there by chance */
export function judgeOutput({ out, err }: Output, secrets: Iterable<string>): readonly string[] {
  const found: string[] = [];
  for (const line of linesOf(out)) if (!SENTENCES.test(line)) found.push(`said to people: ${line}`);
  for (const line of linesOf(err)) if (!isLogLine(line)) found.push(`no line of a log: ${line}`);
  for (const secret of secrets) {
    if (out.includes(secret) || err.includes(secret)) found.push(`printed: ${secret.slice(0, SHOWN)}…`);
  }
  return found;
}

/** The lines of a log that are of one of these levels, as objects. */
export function logLinesOf(err: string, levels: readonly string[]): readonly { readonly [field: string]: unknown }[] {
  return linesOf(err)
    .map((line) => JSON.parse(line) as { readonly [field: string]: unknown })
    .filter(({ level }) => levels.includes(String(level)));
}

function linesOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function isLogLine(line: string): boolean {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && 'level' in value && typeof value.level === 'string';
  } catch {
    return false;
  }
}
