// The check of unsafe code goes red on each kind of it, and on nothing that only looks like it.
import { describe, expect, it } from 'vitest';
import { checkUnsafeCode } from './unsafe-code.mjs';

/**
 * @param {string} text
 * @param {string} [path]
 */
function said(text, path = 'apps/web/src/sample.tsx') {
  return checkUnsafeCode([{ path, text }]).map(({ message }) => message);
}

describe('unsafe-code', () => {
  it.each([
    'eval(text);',
    'globalThis.eval(text);',
    "new Function('return 1');",
    'const f = Function(text);',
    "setTimeout('work()', 10);",
    'element.innerHTML = text;',
    'element.outerHTML += text;',
    'frame.srcdoc = text;',
    "element.insertAdjacentHTML('beforeend', text);",
    'document.write(text);',
    'const page = <p dangerouslySetInnerHTML={{ __html: text }} />;',
    'exec(`tar xf ${name}`);',
    'child.execSync(command);',
    "spawn('tar', [name], { shell: true });",
    'connect({ host, rejectUnauthorized: false });',
    "process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';",
    "createHash('md5');",
    "crypto.createHmac('SHA1', key);",
  ])('refuses `%s`', (text) => {
    expect(said(text)).toHaveLength(1);
  });

  it.each([
    'element.textContent = text;',
    "const shown = element.innerHTML === '';",
    'setTimeout(work, 10);',
    'const match = /x/.exec(text);',
    "spawn('tar', [name], { shell: false });",
    'connect({ host, rejectUnauthorized: true });',
    "createHash('sha256');",
    '// eval(text) is refused',
    "const text = 'document.write(x)';",
    'stream.write(text);',
  ])('lets `%s` stand', (text) => {
    expect(said(text)).toEqual([]);
  });

  it('looks at all that ships and at the scripts, and leaves tests alone', () => {
    for (const path of ['packages/server/src/a.ts', 'packages/sdk/src/b/c.ts', 'scripts/d.mjs', 'apps/lab/src/e.ts']) {
      expect([path, said('eval(text);', path)]).toEqual([path, ['eval runs text as code']]);
    }
    for (const path of ['packages/server/src/a.test.ts', 'packages/server/test/b.ts', 'e2e/c.ts', 'docs/d.md']) {
      expect([path, said('eval(text);', path)]).toEqual([path, []]);
    }
  });
});
