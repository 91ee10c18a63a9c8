// Serves the page of the tour with the browser build of holdline in it, and the switch of the server it talks to.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { HOST } from './server.mjs';

const fileHere = (name) => fileURLToPath(new URL(name, import.meta.url));

/** Nothing but the page's own files, and one line to the server beside it. */
const policy = (lineUrl) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ${new URL(lineUrl).origin}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/**
 * Starts the page on a free port of this machine.
 *
 * @param {Awaited<ReturnType<import('./server.mjs').startServer>>} server what the page talks to
 */
export async function startPage(server) {
  const routes = await collect(server);
  const http = createServer((request, response) => {
    const own = `${HOST}:${http.address().port}`;
    // Only under its own address: a foreign name that leads here, or a foreign page, must not press our buttons.
    const { host, origin = `http://${own}` } = request.headers;
    // What was asked for, as it stands: anybody may send here what is no URL.
    const [path] = request.url.split('?');
    const route = routes.get(`${request.method} ${path}`);
    if (host !== own || origin !== `http://${own}`) response.writeHead(403).end();
    else if (route === undefined) response.writeHead(404).end();
    else void answer(response, route, policy(server.url));
  });
  await new Promise((resolve, reject) => {
    http.once('error', reject);
    http.listen(0, HOST, resolve);
  });
  const own = `http://${HOST}:${http.address().port}`;
  server.pageOrigin = own;
  return {
    url: `${own}/`,
    close: () =>
      new Promise((resolve) => {
        http.close(resolve);
        http.closeAllConnections();
      }),
  };
}

async function answer(response, { type, body }, contentSecurityPolicy) {
  try {
    const content = await body();
    response.writeHead(200, {
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': contentSecurityPolicy,
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
    });
    response.end(content);
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

async function collect(server) {
  const [html, css, script] = await Promise.all([
    readFile(fileHere('page.html')),
    readFile(fileHere('page.css')),
    bundle(fileHere('page.js')),
  ]);
  const facts = () => JSON.stringify({ url: server.url, isUp: server.isUp });
  return new Map([
    ['GET /', { type: 'text/html', body: () => html }],
    ['GET /page.css', { type: 'text/css', body: () => css }],
    ['GET /page.js', { type: 'text/javascript', body: () => script }],
    ['GET /server', { type: 'application/json', body: facts }],
    ['POST /server/kill', { type: 'application/json', body: () => server.kill().then(facts) }],
    ['POST /server/restart', { type: 'application/json', body: () => server.start().then(facts) }],
  ]);
}

/** One script, in memory. `platform: 'browser'` picks the browser build of holdline, as any bundler does. */
async function bundle(entry) {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    logLevel: 'silent',
  });
  return outputFiles[0].contents;
}
