// The inspector of a server's process: forces its garbage collection, reads its memory, and records a CPU profile. So a
// process is measured as it is shipped, with a flag of Node's and no code of ours in it.
import { WebSocket } from 'ws';

export type Memory = { readonly heapUsed: number; readonly external: number; readonly rss: number };

const TIMEOUT_MS = 60_000;

export class Inspector {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: { message: string } }) => void>();
  #nextId = 1;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: { message: string } };
      if (answer.id !== undefined) this.#waiting.get(answer.id)?.(answer);
    });
  }

  /** @param url as the process prints it: `ws://…` */
  static async open(url: string): Promise<Inspector> {
    const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 1024 ** 3 });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', () => resolve());
      socket.once('error', reject);
    });
    return new Inspector(socket);
  }

  /** Bytes in use after everything that nothing refers to was collected. */
  async memory(): Promise<Memory> {
    for (let time = 0; time < 3; time += 1) await this.#ask('HeapProfiler.collectGarbage');
    const expression = 'JSON.stringify(process.memoryUsage())';
    const { result } = (await this.#ask('Runtime.evaluate', { expression })) as { result: { value: string } };
    return JSON.parse(result.value) as Memory;
  }

  async startProfile(): Promise<void> {
    await this.#ask('Profiler.enable');
    await this.#ask('Profiler.setSamplingInterval', { interval: 500 });
    await this.#ask('Profiler.start');
  }

  /** @returns the text of a .cpuprofile */
  async stopProfile(): Promise<string> {
    const { profile } = (await this.#ask('Profiler.stop')) as { profile: unknown };
    return JSON.stringify(profile);
  }

  close(): void {
    this.#socket.terminate();
  }

  #ask(method: string, params: object = {}): Promise<unknown> {
    const id = this.#nextId;
    this.#nextId += 1;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`the inspector did not answer ${method}`)), TIMEOUT_MS);
      this.#waiting.set(id, ({ result, error }) => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        if (error) reject(new Error(`the inspector refused ${method}: ${error.message}`));
        else resolve(result);
      });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }
}
