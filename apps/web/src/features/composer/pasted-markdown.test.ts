import { describe, expect, it } from 'vitest';
import { markdownOf } from './pasted-markdown.js';

describe('what is pasted from a page', () => {
  it.each([
    ['<p>A <b>bold</b> and <em>slanted </em>word, <del>gone</del></p>', 'A **bold** and _slanted_ word, ~~gone~~'],
    ['<ul><li>one</li><li>two<ul><li>deeper</li></ul></li></ul>', '- one\n- two\n  - deeper'],
    ['<ol start="3"><li>three</li><li><p>four</p></li></ol>', '3. three\n4. four'],
    [
      '<h2>Title</h2><p>First.</p><p><a href="https://kith.example/x">Second</a></p>',
      '**Title**\n\nFirst.\n\n[Second](https://kith.example/x)',
    ],
    ['<blockquote><p>one</p><p>two</p></blockquote>', '> one\n>\n> two'],
    ['<pre><code class="language-js">let a;\n  let b;\n</code></pre>', '```js\nlet a;\n  let b;\n```'],
    ['use <code>a*b</code> or <code>`</code>', 'use `a*b` or `` ` ``'],
    ['<a href="https://kith.example/">https://kith.example/</a>', 'https://kith.example/'],
  ])('%s is %j', (html, markdown) => {
    expect(markdownOf(html)).toBe(markdown);
  });

  it('keeps what it says where it is no mark', () => {
    expect(markdownOf('<b>2*3</b> and a_b _c_')).toBe('**2\\*3** and a_b \\_c\\_');
    expect(markdownOf('<b style="font-weight:normal"><p>plain <span style="font-weight:700">bold</span></p></b>')).toBe(
      'plain **bold**',
    );
  });

  it('takes no address but of the web or of mail, and nothing that is not seen', () => {
    expect(markdownOf('<a href="javascript:alert(1)">x</a>')).toBe('x');
    expect(markdownOf('<style>b{}</style><script>alert(1)</script><b>x</b><img src="x" onerror="y">')).toBe('**x**');
  });

  it('is left to its plain text where that loses nothing, or it is beyond reason', () => {
    expect(markdownOf('<meta charset="utf-8"><div>one</div><div>two</div>')).toBeNull();
    expect(markdownOf(`<b>x</b>${'y'.repeat(500_000)}`)).toBeNull();
    expect(markdownOf('<b></b>')).toBeNull();
    expect(markdownOf(`${'<b><i>'.repeat(5_000)}deep`)).toContain('deep');
  });
});
