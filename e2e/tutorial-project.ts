/**
 * A developer who follows docs/tutorial.md to the letter, in a directory of their own: its files, its packages and its
 * commands, as the page has them. Only the addresses are others, and what the page has npm fetch is taken from what is
 * installed here. Whoever opens one removes it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const INSTALLED = join(ROOT, 'node_modules');
const SERVER = 'http://127.0.0.1:8080';
const PAGE_PORT = '5173';
const START_MS = 60_000;
const run = promisify(execFile);

/** What is beside a block's language says what it is: `file=name`, `set-up`, `run`, `output`, `serve`; or nothing. */
type Block = { readonly language: string; readonly mark: string; readonly text: string };

export async function readTutorial(): Promise<readonly Block[]> {
  const page = await readFile(join(ROOT, 'docs/tutorial.md'), 'utf8');
  return [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', mark = '', text = '']) => ({
    language,
    mark,
    text,
  }));
}

export class TutorialProject {
  readonly #blocks: readonly Block[];
  readonly #directory: string;
  readonly #pagePort: number;
  #vite: ChildProcess | null = null;

  private constructor(blocks: readonly Block[], directory: string, pagePort: number) {
    this.#blocks = blocks;
    this.#directory = directory;
    this.#pagePort = pagePort;
  }

  static async open(pagePort: number): Promise<TutorialProject> {
    return new TutorialProject(await readTutorial(), await mkdtemp(join(tmpdir(), 'kith-tutorial-')), pagePort);
  }

  get pageUrl(): string {
    return `http://localhost:${this.#pagePort}`;
  }

  /** What is set for the server's start. */
  get environment(): { readonly [name: string]: string } {
    const [start = ''] = this.#linesOf('');
    const [, ...words] = start.split(' ').toReversed();
    return Object.fromEntries(words.flatMap((word) => (word.includes('=') ? [word.split('=')] : [])));
  }

  /** Packs and installs what the page says. */
  async setUp(): Promise<void> {
    const lines = this.#linesOf('set-up');
    const [pack = ''] = lines.filter((line) => line.startsWith('npm pack '));
    await run('npm', pack.replace('../my-chat', this.#directory).split(' ').slice(1), { cwd: ROOT });
    const [install = ''] = lines.filter((line) => line.startsWith('npm install '));
    await mkdir(join(this.#directory, 'node_modules', '@types'), { recursive: true });
    for (const name of install.split(' ').slice(2)) await this.#install(name);
    // Those that come with them, and the types that an editor brings.
    for (const name of ['idb', 'typebox', '@types/ws', '@types/react', '@types/react-dom']) await this.#link(name);
    await writeFile(join(this.#directory, 'package.json'), JSON.stringify({ type: 'module' }));
  }

  /** @param url of the server */
  async writeFiles(url: string): Promise<void> {
    for (const { mark, text } of this.#blocks) {
      const [, name] = /^file=(.+)$/.exec(mark) ?? [];
      if (name !== undefined) await writeFile(join(this.#directory, name), text.replaceAll(SERVER, url));
    }
  }

  /** @throws Error with what the compiler says of the blocks */
  async compile(): Promise<void> {
    const compilerOptions = {
      ...{ target: 'ES2023', module: 'ESNext', moduleResolution: 'bundler', jsx: 'react-jsx' },
      ...{ strict: true, skipLibCheck: true, noEmit: true, types: ['react', 'ws'] },
      // The programs for Node say no types.
      ...{ allowJs: true, checkJs: true, noImplicitAny: false },
    };
    await writeFile(join(this.#directory, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
    await this.#node(join(INSTALLED, 'typescript/bin/tsc'), '-p', '.').catch((error: { readonly stdout?: string }) => {
      throw new Error(`the blocks don't compile:\n${error.stdout}`, { cause: error });
    });
  }

  /** Runs what the page runs. @returns what it printed */
  async run(): Promise<string> {
    const [line = ''] = this.#linesOf('run');
    return await this.#node(...line.split(' ').slice(1));
  }

  /** What the page says that it prints. */
  get output(): string {
    return this.#blocks.find(({ mark }) => mark === 'output')?.text ?? '';
  }

  /** Serves the page of the page. Resolves once it can be opened. */
  async serve(): Promise<void> {
    const [line = ''] = this.#linesOf('serve');
    const args = line.split(' ').slice(2);
    const vite = join(INSTALLED, 'vite/bin/vite.js');
    const child = spawn(process.execPath, [vite, ...args, '--strictPort'], { cwd: this.#directory });
    this.#vite = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`vite ${why}: ${said}`));
      const timer = setTimeout(() => fail('was not there in time'), START_MS);
      const hear = (part: Buffer) => {
        said += part.toString();
        if (said.includes('Local')) resolve();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('close', (code) => {
        clearTimeout(timer);
        fail(`ended with ${code}`);
      });
    });
  }

  async remove(): Promise<void> {
    const child = this.#vite;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }
    await rm(this.#directory, { recursive: true, force: true });
  }

  #linesOf(mark: string): readonly string[] {
    const block = this.#blocks.find((each) => each.language === 'sh' && each.mark === mark);
    if (!block) throw new Error(`docs/tutorial.md has no block of sh ${mark}`);
    return block.text.replaceAll(PAGE_PORT, `${this.#pagePort}`).trim().split('\n');
  }

  async #install(name: string): Promise<void> {
    const [, own] = /^\.\/kith-(\w+)-.*\.tgz$/.exec(name) ?? [];
    if (own === undefined) {
      await this.#link(name);
      return;
    }
    const folder = join(this.#directory, 'node_modules', '@kith', own);
    await mkdir(folder, { recursive: true });
    await run('tar', ['-xzf', name, '-C', folder, '--strip-components=1'], { cwd: this.#directory });
  }

  async #link(name: string): Promise<void> {
    const path = join(this.#directory, 'node_modules', name);
    await mkdir(dirname(path), { recursive: true });
    await symlink(join(INSTALLED, name), path);
  }

  async #node(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(process.execPath, args, { cwd: this.#directory, timeout: 2 * START_MS });
    return stdout;
  }
}
