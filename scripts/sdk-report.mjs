/**
 * What the SDK gives to those who build on it, held against what is committed: the public names of each package with their
 * types (`packages/<name>/<name>.api.md`), so that a breaking change is seen in review, and the size of the SDK as a browser
 * loads it at first, compressed, without the stores and what an app takes by a subpath; what it may load later is said beside it. `--write` writes the reports anew. It reads `dist`: compile first.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const PACKAGES = ['sdk', 'react'].filter((name) => existsSync(join(root, 'packages', name, 'package.json')));
/** What the SDK may take at first: 24.94 KB, and what stands of polls. No further: what is new is a module of its own, or takes the place of something. */
const MOST_BYTES = 25 * 1024;
const isWriting = process.argv.includes('--write');

/**
 * @param {string} name of a package
 * @param {string} temporary a directory for what the extractor keeps beside its report
 * @returns {string[]} what is wrong with it
 */
function reportProblems(name, temporary) {
  const folder = join(root, 'packages', name);
  /** @type {string[]} */
  const said = [];
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: folder,
      mainEntryPointFilePath: join(folder, 'dist', 'index.d.ts'),
      compiler: { tsconfigFilePath: join(folder, 'tsconfig.json') },
      apiReport: {
        enabled: true,
        reportFolder: folder,
        reportTempFolder: temporary,
        reportFileName: name,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: join(folder, 'package.json'),
  });
  const { apiReportChanged } = Extractor.invoke(config, {
    localBuild: isWriting,
    messageCallback: (message) => {
      message.handled = true;
      if (message.logLevel === 'error') said.push(`packages/${name}: ${message.text}`);
    },
  });
  if (apiReportChanged && !isWriting) {
    said.push(
      `packages/${name}/${name}.api.md is not what the package gives: look at it, then run npm run sdk-report -- --write`,
    );
  }
  return said;
}

/**
 * As the page of this project is built, and as a web server gives it to a browser: the entry with all that it imports, and
 * what is imported only when it is needed.
 * @returns {Promise<{ first: number, later: number }>} bytes, compressed with Brotli, each file on its own
 */
async function sdkSizes() {
  const bundle = await rolldown({
    input: join(root, 'packages', 'sdk', 'dist', 'index.js'),
    // The schemas of the protocol package are for the server; `Type.Object(…)` has no side effect.
    treeshake: { manualPureFunctions: ['Type'] },
    // As in an app: what comes later takes what it needs from the entry.
    preserveEntrySignatures: 'allow-extension',
  });
  const { output } = await bundle.generate({
    format: 'es',
    minify: true,
    // Notes of one bundler to the next: Vite leaves them out of a page.
    comments: { annotation: false },
  });
  await bundle.close();
  const sizes = { first: 0, later: 0 };
  const later = new Set(output.flatMap((file) => (file.type === 'chunk' ? file.dynamicImports : [])));
  for (const file of output) {
    if (file.type !== 'chunk') continue;
    const { length } = brotliCompressSync(file.code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
    sizes[later.has(file.fileName) ? 'later' : 'first'] += length;
  }
  return sizes;
}

const temporary = mkdtempSync(join(tmpdir(), 'kith-api-'));
try {
  const problems = PACKAGES.flatMap((name) => reportProblems(name, temporary));
  const { first, later } = await sdkSizes();
  const kilobytes = (/** @type {number} */ bytes) => `${(bytes / 1024).toFixed(2)} KB`;
  console.log(
    `the SDK takes ${kilobytes(first)} compressed, of ${kilobytes(MOST_BYTES)} that it may; ` +
      `${kilobytes(later)} more come where a WebSocket does not get through`,
  );
  if (first > MOST_BYTES) problems.push('packages/sdk: it has grown too large: take something out');
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
