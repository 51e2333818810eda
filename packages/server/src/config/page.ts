// The page about the configuration, made from the table: docs/configuration.md is exactly this.
import { CONFIG_FIELDS, VARIABLES } from './schema.js';

const OPENING = `# Configuration

Every variable can be set in the environment, or in \`kith.config.json\` in the working directory (\`KITH_CONFIG\` names
another file) as \`{"PORT": 8080}\`; lists are JSON arrays there. The environment wins. With the prefix \`KITH_\` a variable
wins over the same one without it: \`KITH_HOST\` over \`HOST\`. A key of the file, or a name with the prefix, that is not in
this table stops the start, and so does a value that does not fit; everything that is wrong is told at once. Secrets are
never printed.

This page is made from \`packages/server/src/config/schema.ts\`; a test keeps the two the same
(\`npx vitest run packages/server/src/config -u\` writes it anew).

| Variable | Form | Default | Meaning |
|---|---|---|---|
`;

export function configurationPage(): string {
  const rows = CONFIG_FIELDS.map((field) => {
    const { name, form, fallback, about, isSecret } = VARIABLES[field];
    return `| \`${name}\` | ${form}${isSecret ? ' (secret)' : ''} | ${describeDefault(fallback)} | ${about} |\n`;
  });
  return `${OPENING}${rows.join('')}`;
}

function describeDefault(fallback: string | number | null | readonly string[]): string {
  if (fallback === null || Array.isArray(fallback)) return 'none';
  return `\`${String(fallback)}\``;
}
