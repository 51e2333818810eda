import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { highlighted } from './highlighted-code.js';

vi.mock('../../look/code.css', () => ({}));

const shown = (code: string, language: string) => renderToStaticMarkup(highlighted(code, language));

describe('code in its colours', () => {
  it('keeps every character, by the names that people write', () => {
    const code = "const a: string = '<b>' + 1; // done\n";
    for (const name of ['typescript', 'ts', 'TS', 'js', 'py', 'sh', 'html', 'yml', 'c++', 'rs']) {
      const markup = shown(code, name);
      expect(markup, name).toContain('hljs-');
      expect(markup.replace(/<[^>]+>/g, ''), name).toBe(renderToStaticMarkup(code));
    }
  });

  it('leaves alone what it has no grammar for, and what is long', () => {
    expect(shown('let a', 'klingon')).toBe('let a');
    expect(shown('let a', '__proto__')).toBe('let a');
    for (const long of ['let a;\n'.repeat(2_000), 'let a;'.repeat(200)]) expect(shown(long, 'js')).toBe(long);
  });

  it('takes no text for markup', () => {
    expect(shown('<script>alert(1)</script>', 'html')).not.toContain('<script');
  });
});
