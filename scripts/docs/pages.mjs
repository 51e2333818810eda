/**
 * Which documents are pages of the site, in the order of its menu. A document under `docs/` that stands in no section is
 * missed aloud by the build: whoever writes one says where it belongs. The title is the document's own, unless one is here.
 */

/** @typedef {{ readonly source: string, readonly title?: string }} Listed */
/** @typedef {{ readonly name: string, readonly pages: readonly Listed[] }} Section */

/** @type {readonly Section[]} */
export const SECTIONS = [
  {
    name: 'Start',
    pages: [
      { source: 'docs/index.md', title: 'What it is' },
      { source: 'docs/quick-start.md' },
      { source: 'docs/comparison.md', title: 'Beside others' },
      { source: 'docs/roadmap.md' },
      { source: 'CHANGELOG.md' },
    ],
  },
  {
    name: 'Run',
    pages: [
      { source: 'docs/self-hosting.md' },
      { source: 'docs/operate.md', title: 'Operating' },
      { source: 'docs/configuration.md' },
      { source: 'docs/metrics.md' },
      { source: 'docs/cloud.md' },
      { source: 'docs/export.md' },
      { source: 'docs/performance.md' },
      { source: 'docs/releases.md' },
    ],
  },
  {
    name: 'Build',
    pages: [
      { source: 'docs/tutorial.md', title: 'Tutorial' },
      { source: 'docs/embed.md', title: 'In another site' },
      { source: 'docs/apps.md', title: 'Bots and webhooks' },
      { source: 'docs/protocol/v1.md', title: 'Protocol' },
      { source: 'docs/permissions.md' },
      { source: 'docs/errors.md' },
    ],
  },
  {
    name: 'Trust',
    pages: [
      { source: 'SECURITY.md' },
      { source: 'docs/threat-model.md' },
      { source: 'docs/security.md' },
      { source: 'docs/compliance.md', title: 'Compliance' },
      { source: 'docs/cost.md', title: 'Cost' },
      { source: 'docs/data.md' },
      { source: 'docs/prover.md' },
      { source: 'docs/history.md' },
      { source: 'docs/rows.md', title: 'What is shown' },
    ],
  },
  {
    name: 'Take part',
    pages: [
      { source: 'CONTRIBUTING.md' },
      { source: 'ARCHITECTURE.md' },
      { source: 'docs/contracts.md' },
      { source: 'docs/style.md' },
      { source: 'docs/decisions/dependencies.md' },
    ],
  },
];

/** Pages that no menu names: one section of them has a page that lists them. */
export const DECISIONS = /^docs\/decisions\/\d{4}-[\w-]+\.md$/;
/** Files of other kinds that pages lead to; they are handed out as text. */
export const AS_TEXT = ['LICENSE', 'NOTICE', 'deploy/'];
export const API = { path: 'api.html', title: 'HTTP API' };

/**
 * Where a document of the clone is on the site: `docs/protocol/v1.md` is `protocol/v1.html`, `SECURITY.md`
 * `project/security.html`.
 * @param {string} source
 */
export function pathOnSite(source) {
  const within = source.startsWith('docs/') ? source.slice('docs/'.length) : `project/${source.toLowerCase()}`;
  return within.replace(/\.md$/, '.html');
}
