// A page of the shop with one tag that puts the chat beside what is sold, and the policy that such a page needs: the tag's
// script and the frame that it makes come from the chat's server, everything else from here.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const [page, style] = ['shelf.html', 'shelf.css'].map((name) =>
  fileURLToPath(new URL(`./page/${name}`, import.meta.url)),
);

/** @param {{ app: import('express').Express, loggedIn: import('express').RequestHandler, chat: URL }} parts */
export function serveShelf({ app, loggedIn, chat }) {
  const policy = [
    "default-src 'none'",
    `script-src ${chat.origin}/embed.js`,
    `frame-src ${chat.origin}/embed`,
    "connect-src 'self'",
    "style-src 'self'",
    "require-trusted-types-for 'script'",
  ].join('; ');
  const text = readFileSync(page, 'utf8').replaceAll('https://chat.example', chat.origin);
  app.get('/shelf', loggedIn, (_request, response) => {
    response.set('content-security-policy', policy).type('html').send(text);
  });
  app.get('/shelf.css', (_request, response) => response.sendFile(style));
}
