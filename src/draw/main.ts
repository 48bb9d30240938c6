/**
 * `npm run draw`: writes what is drawn of the chart to `machines/drawn/`, from the root of the package, and its layout to `layout-data.ts`
 * beside this file. It must never write anywhere else.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drawnFiles, drawnFolder, layoutModule, toLayoutModule } from './files.js';

async function main(): Promise<void> {
  const files = await drawnFiles();
  await mkdir(drawnFolder, { recursive: true });
  for (const [name, text] of files) {
    const file = join(drawnFolder, name);
    await writeFile(file, text);
    process.stdout.write(`${file}: ${text.split('\n').length - 1} lines, ${Buffer.byteLength(text)} bytes\n`);
  }
  await writeFile(layoutModule, toLayoutModule(files.get('presence.layout.json') ?? ''));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
