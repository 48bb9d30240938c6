/**
 * A Chromium of one's own for a test file: the one that the system has, without a window, with a throw-away profile. Where there is none, the
 * suites that need it are left out, and say so. It must never fetch a browser or anything else.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';

const executablePath = '/usr/bin/chromium';

/** Whether there is a browser to test with. With REQUIRE_SERVERS=1, its absence is an error. */
export const chromiumAvailable = existsSync(executablePath);
if (!chromiumAvailable) {
  if (process.env['REQUIRE_SERVERS'] === '1') throw new Error(`REQUIRE_SERVERS=1, but there is no ${executablePath}`);
  process.stderr.write(`LEFT OUT: tests that need ${executablePath}\n`);
}

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const cutOff = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';

export interface OwnChromium {
  readonly context: BrowserContext;
  /** Ends it and removes its profile. */
  close(): Promise<void>;
}

/** @param options `isCutOff`: it finds no machine but this one */
export async function startChromium({ isCutOff = false }: { readonly isCutOff?: boolean } = {}): Promise<OwnChromium> {
  const profile = await mkdtemp(join(tmpdir(), 'presence-chromium-'));
  const remove = () => rm(profile, { recursive: true, force: true, maxRetries: 5 });
  try {
    const context = await chromium.launchPersistentContext(profile, {
      executablePath,
      args: isCutOff ? [...args, cutOff] : args,
      // A busy machine takes its time.
      timeout: 120_000,
    });
    return {
      context,
      async close() {
        await context.close();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}
