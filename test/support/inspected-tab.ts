/**
 * An app in a browser tab, served from an origin of its own: `inspected-page.ts`, bundled. `/index.html?url=` is inspected by us, `/stately.html` by
 * Stately's observer. It must never serve anything to another machine.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';

export interface TabApp {
  readonly origin: string;
  close(): Promise<void>;
}

async function bundled(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['test/support/inspected-page.ts'],
    bundle: true,
    write: false,
    format: 'esm',
    // A built-in module of Node would fail it.
    platform: 'browser',
    target: 'es2022',
  });
  return outputFiles[0]?.text ?? '';
}

/** A web server of the app's own, at another port than the inspector: another origin. */
export async function serveTabApp(): Promise<TabApp> {
  const files: Readonly<Record<string, readonly [type: string, body: string]>> = {
    '/app.js': ['text/javascript', await bundled()],
    '/index.html': ['text/html', '<!doctype html><title>my tab</title><script type="module" src="/app.js"></script>'],
    '/stately.html': ['text/html', '<!doctype html><iframe></iframe><script type="module" src="/app.js"></script>'],
    '/viewer.html': ['text/html', '<!doctype html><script type="module" src="/app.js"></script>'],
  };
  const server = createServer(({ url = '/' }, response) => {
    const [type, body] = files[new URL(url, 'http://x').pathname] ?? ['text/plain', ''];
    response.writeHead(body === '' ? 404 : 200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
