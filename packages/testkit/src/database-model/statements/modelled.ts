// How a statement of the log is modelled: a function over the tables that does what its SQL says. Each names the text that
// it was written from by a fingerprint, so that a statement can't be changed and its model forgotten.
import { createHash } from 'node:crypto';
import type { Statement } from '@kith/server/store/postgres/pool';
import type { Execution } from '../execution.js';
import type { Parameters } from '../parameters.js';
import type { Waiting } from '../table.js';

export type Rows = readonly object[];

type Source = {
  readonly statement: Statement;
  /** Of its text: the model was written for this one. */
  readonly fingerprint: string;
};

export type ModelledStatement = Source & {
  readonly run: (execution: Execution, parameters: Parameters) => Waiting<Rows> | Rows;
};

const FINGERPRINT_DIGITS = 12;

/** A statement that writes, or waits for those who do. */
export function writing(
  source: Source,
  run: (execution: Execution, parameters: Parameters) => Waiting<Rows>,
): ModelledStatement {
  return { ...source, run };
}

/** A statement that only reads never waits. */
export function reading(
  source: Source,
  run: (execution: Execution, parameters: Parameters) => Rows,
): ModelledStatement {
  return { ...source, run };
}

/** @throws Error where the statement is another than the one that was modelled */
export function requireUnchanged({ statement, fingerprint }: Source): void {
  const present = fingerprintOf(statement.text);
  if (present === fingerprint) return;
  throw new Error(
    `the text of ${statement.name} has changed since it was modelled: see that its model in packages/testkit/src/` +
      `database-model/statements still does what the text says, then give it the fingerprint ${present}`,
  );
}

/** Of a text, whatever its line breaks and indentation. */
function fingerprintOf(text: string): string {
  const plain = text.replaceAll(/\s+/g, ' ').trim();
  return createHash('sha256').update(plain).digest('hex').slice(0, FINGERPRINT_DIGITS);
}
