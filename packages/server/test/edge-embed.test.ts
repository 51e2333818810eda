import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestEdge } from './fixtures/edge-parts.js';

describe('what sites of others may have in their pages', () => {
  const sites = ['https://shop.example', 'http://localhost:3000'];
  const page = '<!doctype html><title>Kith</title>';
  let web: string;

  beforeAll(() => {
    web = mkdtempSync(join(tmpdir(), 'kith-web-'));
    writeFileSync(join(web, 'index.html'), page);
    writeFileSync(join(web, 'embed.js'), '"the script"');
  });

  afterAll(() => rmSync(web, { recursive: true }));

  test('is one page in a frame, by those whom EMBED_ORIGINS names, and the script that makes it', async () => {
    const { edge } = await startTestEdge({ webDir: web, embedOrigins: sites });
    const at = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${edge.address.port}${path}`, init);
    const framed = await at('/embed');
    const again = await at('/embed', { headers: { 'if-none-match': framed.headers.get('etag') ?? '' } });
    expect([framed.status, again.status]).toEqual([200, 304]);
    for (const { headers } of [framed, again]) {
      expect(headers.get('content-security-policy')).toContain(`; frame-ancestors ${sites.join(' ')};`);
      expect(headers.get('x-frame-options')).toBeNull();
      expect(headers.get('set-cookie')).toBeNull();
    }
    expect(await framed.text()).toBe(`${page}<meta name="kith-embed-origins" content="${sites.join(' ')}">`);
    for (const path of ['/', '/join', '/embed/', '/embed.js', '/nowhere', '/v1/me']) {
      const { headers } = await at(path, { headers: { accept: 'text/html' } });
      expect([path, headers.get('x-frame-options')]).toEqual([path, 'DENY']);
      expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
    }
    const script = await at('/embed.js');
    expect([await script.text(), script.headers.get('cross-origin-resource-policy')]).toEqual([
      '"the script"',
      'cross-origin',
    ]);
    await edge.close();
  });

  test('is nothing where it names none, and the answer says so', async () => {
    const { edge } = await startTestEdge({ webDir: web });
    for (const path of ['/embed', '/embed.js']) {
      const answer = await fetch(`http://127.0.0.1:${edge.address.port}${path}`, { headers: { accept: 'text/html' } });
      expect([answer.status, answer.headers.get('x-frame-options')]).toEqual([404, 'DENY']);
      expect(await answer.text()).toContain('EMBED_ORIGINS');
    }
    await edge.close();
  });
});
