/**
 * No committed file names the place where it was made: the host of a package registry or mirror, or an
 * absolute path of a person's or a build machine. Tests may name the temporary folder.
 */
import { isTest, problemsOfPattern } from './source-files.mjs';

const HOSTS =
  /\b(?:registry\.(?:npmjs|yarnpkg|npmmirror)\.\w+|npm\.pkg\.github\.com|[\w.-]*(?:artifactory|verdaccio|nexus)[\w-]*\.[a-z]{2,}\b|(?:deb|archive|ports|security)\.(?:debian|ubuntu)\.\w+)/i;
const PATHS = /(?<![\w.~/)}-])\/(work|root|home|Users|tmp)\/[\w.-]/;

/** @param {readonly import('./source-files.mjs').SourceFile[]} files */
export function checkAddresses(files) {
  return files.flatMap((file) => [
    ...problemsOfPattern(file, HOSTS, ([host]) => `names a registry host (${host})`),
    ...problemsOfPattern(file, PATHS, ([, folder]) => `names an absolute path of a machine (${folder})`).filter(
      ({ message }) => !(message.endsWith('(tmp)') && isTest(file.path)),
    ),
  ]);
}
