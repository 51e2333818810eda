/**
 * What the SDK gives to those who build on it, held against what is committed: the public names of each package with their
 * types (`packages/<name>/<name>.api.md`), so that a breaking change is seen in review, and the size of the SDK as a browser
 * loads it, compressed, without the stores. `--write` writes the reports anew. It reads `dist`: compile first.
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
/** What the SDK is to take. */
const TARGET_BYTES = 25 * 1024;
/** It has been more since messages are edited, deleted, reacted to, answered in threads, pinned and quoted, people come by links, and
 * contacts, folders and blocks are shown: no further. */
const MOST_BYTES = 28.4 * 1024;
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
 * As the page of this project is built, and as a web server gives it to a browser.
 * @returns {Promise<number>} bytes, compressed with Brotli
 */
async function sdkSize() {
  const bundle = await rolldown({
    input: join(root, 'packages', 'sdk', 'dist', 'index.js'),
    // The schemas of the protocol package are for the server; `Type.Object(…)` has no side effect.
    treeshake: { manualPureFunctions: ['Type'] },
  });
  const { output } = await bundle.generate({
    format: 'es',
    minify: true,
    codeSplitting: false,
    // Notes of one bundler to the next: Vite leaves them out of a page.
    comments: { annotation: false },
  });
  await bundle.close();
  return brotliCompressSync(output[0].code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length;
}

const temporary = mkdtempSync(join(tmpdir(), 'kith-api-'));
try {
  const problems = PACKAGES.flatMap((name) => reportProblems(name, temporary));
  const sizeBytes = await sdkSize();
  const isMet = sizeBytes <= TARGET_BYTES ? 'met' : 'not met';
  console.log(
    `the SDK takes ${(sizeBytes / 1024).toFixed(2)} KB compressed: the target of ${TARGET_BYTES / 1024} KB is ${isMet}`,
  );
  if (sizeBytes > MOST_BYTES) problems.push('packages/sdk: it has grown too large: take something out');
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
