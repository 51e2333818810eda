// What a live run stands on: a server's process with a PostgreSQL of its own in a temporary directory, which can be killed,
// paused and filled up; or somebody else's server, which is only met from outside. Whoever opens a ground closes it, and then
// no process, file or mount of it is left.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { judgeOutput, type Output } from '@kith/testkit/faults/output';
import { ENTRIES, ServerProcess } from '@kith/testkit/faults/server-process';
import { availableServers, startPostgres, type TestServer } from '@kith/testkit/postgres-server';
import { SmallDisk } from '@kith/testkit/small-disk';

const DISK_MIB = 400;
/** Where Debian and others keep it; FAKETIME_LIBRARY names another place. */
const LIBRARIES = ['/usr/lib', '/usr/lib64', '/usr/local/lib'];
const FAKETIME = 'faketime/libfaketime.so.1';

/** Our own server and database. */
export class OwnGround {
  readonly name: string;
  readonly postgres: TestServer;
  /** The small disk on which the database lies; null where none could be mounted, or none is wanted. */
  readonly disk: SmallDisk | null;
  /** The library that sets a process's clock; null where there is none. */
  readonly faketime: string | null = faketimeLibrary();
  readonly databaseUrl: string;
  /** Told where the server is, each time that it changes. */
  onMove: (url: string | null) => void = () => {};
  readonly #outputs: Output[] = [];
  #server: ServerProcess | null = null;
  #isClosed = false;

  private constructor(postgres: TestServer, { databaseUrl, disk }: { databaseUrl: string; disk: SmallDisk | null }) {
    this.postgres = postgres;
    this.databaseUrl = databaseUrl;
    this.disk = disk;
    this.name = `a server of its own on ${postgres.name}${disk === null ? '' : ', on a small disk in memory'}`;
  }

  /** @param needsDisk whether the database is to lie on a disk that can be filled */
  static async open(needsDisk: boolean): Promise<OwnGround> {
    const [kind] = availableServers();
    if (kind === undefined) throw new Error('there is no PostgreSQL: run npm install, which brings one');
    const disk = needsDisk ? SmallDisk.mount(DISK_MIB) : null;
    let postgres: TestServer | null = null;
    try {
      postgres = await startPostgres(kind, [], disk?.directory);
      const ground = new OwnGround(postgres, { databaseUrl: await postgres.createDatabase(), disk });
      await ground.startServer();
      return ground;
    } catch (error) {
      await postgres?.stop();
      disk?.unmount();
      throw error;
    }
  }

  get url(): string {
    if (this.#server === null) throw new Error('no server is running');
    return this.#server.url;
  }

  /** Whether it still lives, though nobody has ended it. */
  get isServerRunning(): boolean {
    return this.#server?.isRunning === true;
  }

  async startServer(environment: { readonly [name: string]: string } = {}): Promise<void> {
    if (this.#isClosed) throw new Error('the ground is closed');
    const own = { DATABASE_URL: this.databaseUrl, LOG_LEVEL: 'warn', ...environment };
    this.#server = await ServerProcess.start({ entry: ENTRIES.server, environment: own });
    this.onMove(this.#server.url);
  }

  /** SIGKILL: nothing is said, nothing is flushed. */
  async killServer(): Promise<void> {
    this.onMove(null);
    await this.#server?.kill();
    this.#look();
  }

  /** No text of a message, password or token is ever printed. @param secrets what must not be found */
  judgeOutput(secrets: readonly string[]): readonly string[] {
    return this.#outputs.flatMap((output) => judgeOutput(output, secrets)).slice(0, 10);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#server?.kill();
    this.postgres.goOn();
    this.disk?.free();
    await this.postgres.stop();
    this.disk?.unmount();
  }

  #look(): void {
    if (this.#server !== null) this.#outputs.push(this.#server.output);
    this.#server = null;
  }
}

function faketimeLibrary(): string | null {
  const given = process.env.FAKETIME_LIBRARY;
  if (given !== undefined && existsSync(given)) return given;
  for (const library of LIBRARIES) {
    if (!existsSync(library)) continue;
    const below = ['', ...readdirSync(library).filter((name) => name.includes('-linux-'))];
    const found = below.map((name) => join(library, name, FAKETIME)).find((path) => existsSync(path));
    if (found !== undefined) return found;
  }
  return null;
}
