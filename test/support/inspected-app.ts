/**
 * An app in a process of its own, under the inspector: signs in on the memory server, says so, and waits for its standard input to end. Arguments: the folder
 * of the address, the port, its name; `once` as a fourth: it does not wait, and should end by itself. It must use only the doors.
 */
import { createPresenceService } from '../../src/index.js';
import { inspector } from '../../src/inspector/index.js';
import { createMemoryServer } from '../../src/transports/memory/index.js';

async function main(): Promise<void> {
  const [, , folder = '', port = '0', name = 'app', once] = process.argv;
  const pages = { '/': { type: 'text/html', body: `<p>${name}</p>` } };
  const observer = inspector({ folder, port: Number(port), name, pages, onUrl: (url) => process.stdout.write(`url ${url}\n`) });
  const service = createPresenceService({ transport: createMemoryServer().transport(), inspect: observer });
  service.signin({ name: 'ada@example.org', password: 'pw-53cr3t-hunter2' });
  await service.ready();
  process.stdout.write('online\n');
  if (once === 'once') return service.dispose();
  await new Promise((resolve) => process.stdin.resume().on('end', resolve));
  await service.dispose();
  await observer.close();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
