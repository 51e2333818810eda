import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it, vi } from 'vitest';
import { elementsOf } from './markdown.js';

vi.mock('./code-block.js', () => ({ CodeBlock: ({ code }: { readonly code: string }) => <pre>{code}</pre> }));

const shown = (text: string, named: readonly string[] = []) => renderToStaticMarkup(elementsOf(text, named));

describe('the text of a message', () => {
  it('shows the subset that a chat needs', () => {
    expect(shown('**bold** _slanted_ ~~gone~~ `code`')).toBe(
      '<p><strong>bold</strong> <em>slanted</em> <del>gone</del> <code>code</code></p>',
    );
    expect(shown('- one\n- two')).toContain('<ul><li><p>one</p></li><li><p>two</p></li></ul>');
    expect(shown('> said')).toBe('<blockquote><p>said</p></blockquote>');
    expect(shown('```js\nlet a;\n```')).toBe('<pre>let a;</pre>');
    expect(shown('see https://kith.example/x')).toContain('<a href="https://kith.example/x"');
  });

  it('leaves alone what is no part of it', () => {
    for (const text of ['# no heading', 'a | b', '2 < 3', '&lt;b&gt; &amp; &#60;', '<b>x</b>'])
      expect(shown(text).replace(/<[^>]+>/g, '')).toBe(renderToStaticMarkup(text).replace(/<[^>]+>/g, ''));
    expect(shown('plain')).toBe('<p>plain</p>');
    expect(shown('__init__ and **it**')).toBe('<p>__init__ and <strong>it</strong></p>');
    expect(shown('first\nsecond')).toBe('<p>first\nsecond</p>');
  });

  it('links to the web and to mail alone', () => {
    expect(shown('[x](javascript:alert(1))')).not.toContain('<a');
    expect(shown('[x](data:text/html,x)')).not.toContain('<a');
    expect(shown('[x](vbscript:x)')).not.toContain('<a');
    expect(shown('[x](https://e.example)')).toContain('rel="noopener noreferrer nofollow"');
  });

  it('marks those who are named, the longest name first', () => {
    expect(shown('@Ann Arbor and @Ann, not a@Ann', ['Ann', 'Ann Arbor'])).toContain(
      '<span class="mention">@Ann Arbor</span> and <span class="mention">@Ann</span>',
    );
    expect(shown('@nobody', ['Ann'])).toBe('<p>@nobody</p>');
  });

  it('is left as it was written where a parser would take seconds over it', () => {
    for (const text of ['- '.repeat(8_000), `${'>'.repeat(20)}x`, `a\n${'1. '.repeat(20)}`, '*a_b'.repeat(4_000)])
      expect(shown(text)).toBe(renderToStaticMarkup(<p>{text}</p>));
    expect(shown(`${'> '.repeat(8)}x`)).toContain('<blockquote>');
  });
});
