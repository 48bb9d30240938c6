/**
 * A page with the service in it, to be bundled for a browser: it signs in under our inspector (`?url=` says where) or, without that, under the one of
 * Stately, shown to a frame of its own. It must never pull in what only Node has.
 */
import { createBrowserInspector, createBrowserReceiver } from '@statelyai/inspect';
import { createPresenceService, type PresenceServiceOptions } from '../../src/index.js';
import { inspector, redact } from '../../src/inspector/index-browser.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';

/** What is used of the browser: its types are not part of this project. */
interface Page {
  readonly location: { readonly search: string; readonly pathname: string };
  readonly document: { querySelector(selector: string): unknown };
  received: unknown[];
}
const page = globalThis as unknown as Page;

async function runApp(): Promise<void> {
  const url = new URLSearchParams(page.location.search).get('url');
  const inspect: PresenceServiceOptions['inspect'] =
    url === null
      ? createBrowserInspector({ url: '/viewer.html', iframe: page.document.querySelector('iframe') as never, serialize: redact })
          .inspect
      : inspector({ url });
  const service = createPresenceService({ transport: createMemoryServer().transport(), inspect });
  service.signin({ name: 'tab@example.org', password: 'pw-53cr3t-hunter2' });
  await service.ready();
  // What no chart of this library would do: a secret in an event.
  service.actor.send({ type: 'input.ceased', password: 'pw-53cr3t-hunter2' } as never);
}

function view(): void {
  page.received = [];
  createBrowserReceiver().subscribe((event) => void page.received.push(event));
}

if (page.location.pathname === '/viewer.html') view();
else void runApp();
