// A copy of what is shipped, with one fault planted in it: the compiled packages side by side, as they would be installed, and
// the one file compiled anew from its changed source.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { PlantedFault } from './planted-faults.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const PACKAGES = ['packages/protocol', 'packages/server', 'packages/sdk', 'packages/testkit', 'apps/prover'];

export class PlantedCopy {
  /** The prover's own program in the copy. */
  readonly program: string;
  readonly #directory: string;

  /** @throws Error where the place of the fault is not in the source any more, or is there twice */
  constructor(fault: PlantedFault) {
    this.#directory = join(ROOT, '.tmp', 'planted', fault.name);
    rmSync(this.#directory, { recursive: true, force: true });
    const modules = join(this.#directory, 'node_modules', '@kith');
    mkdirSync(modules, { recursive: true });
    for (const path of PACKAGES) {
      const to = join(modules, path.slice(path.indexOf('/') + 1));
      cpSync(join(ROOT, path, 'package.json'), join(to, 'package.json'));
      cpSync(join(ROOT, path, 'dist'), join(to, 'dist'), { recursive: true });
    }
    this.program = join(modules, 'prover', 'dist', 'main.js');
    plant(fault, modules);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** The file of a fault, as it is shipped. @throws Error where the place of the fault is not in it any more, or is there twice */
export function sourceOf({ name, file, find }: PlantedFault): string {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${name}: its place is ${places} times in ${file}, not once: write it anew`);
  return source;
}

function plant(fault: PlantedFault, modules: string): void {
  const { name, file, find, put } = fault;
  const source = sourceOf(fault);
  const [, home = '', rest = ''] = /^(?:packages|apps)\/([a-z]+)\/src\/(.+)\.ts$/.exec(file) ?? [];
  const to = join(modules, home, 'dist', `${rest}.js`);
  if (!existsSync(to)) throw new Error(`${name}: ${file} is not compiled`);
  const { outputText } = ts.transpileModule(
    source.replace(find, () => put),
    {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
    },
  );
  writeFileSync(to, outputText);
}
