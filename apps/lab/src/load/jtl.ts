// Every message of a load as a line of the CSV that JMeter writes and that its report generator and others read (JTL): when
// it was to be sent, how long its acknowledgement took, and what came.
import { appendFileSync, writeFileSync } from 'node:fs';

export type Sample = {
  /** When it was to be sent, in milliseconds since 1970. */
  readonly at: number;
  /** Until it was acknowledged or refused for good, in milliseconds. */
  readonly tookMs: number;
  readonly where: 'group' | 'pair';
  /** `ok`, or the code of the error. */
  readonly code: string;
};

const HEAD = 'timeStamp,elapsed,label,responseCode,responseMessage,threadName,success,bytes,Latency\n';
/** So many lines are gathered for a write. */
const GATHERED = 500;

export class JtlFile {
  readonly #path: string;
  #lines: string[] = [];

  /** What the file held is gone. */
  constructor(path: string) {
    this.#path = path;
    writeFileSync(path, HEAD);
  }

  add({ at, tookMs, where, code }: Sample): void {
    const [ms, isOk] = [Math.round(tookMs), code === 'ok'];
    this.#lines.push(
      `${Math.round(at)},${ms},message.send ${where},${isOk ? 200 : code},${code},load 1-1,${isOk},0,${ms}\n`,
    );
    if (this.#lines.length >= GATHERED) this.flush();
  }

  flush(): void {
    appendFileSync(this.#path, this.#lines.join(''));
    this.#lines = [];
  }
}
