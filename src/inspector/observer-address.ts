/**
 * Where the inspector of this user runs: a file with port and token that only the user can read, so that a second app finds the server of the
 * first. It must never put the token where others can read it, nor believe a file that others could have written.
 */
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Address {
  readonly port: number;
  readonly token: string;
  readonly pid: number;
}

const fileName = 'inspector.json';

/** `$XDG_RUNTIME_DIR/presence-machine`, else a folder of this user in the system's temporary one. */
export function defaultFolder(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const runtime = env['XDG_RUNTIME_DIR'];
  if (runtime !== undefined && runtime !== '') return join(runtime, 'presence-machine');
  return join(tmpdir(), `presence-machine-${process.getuid?.() ?? 'user'}`);
}

/** The address that is kept there, if its process lives and nobody else could have written it. */
export async function readAddress(folder: string): Promise<Address | undefined> {
  try {
    if (!(await isOurs(folder)) || !(await isOurs(join(folder, fileName)))) return undefined;
    const { port, token, pid } = JSON.parse(await readFile(join(folder, fileName), 'utf8')) as Partial<Record<string, unknown>>;
    if (!Number.isInteger(port) || !Number.isInteger(pid) || typeof token !== 'string') return undefined;
    // Signal 0 only asks. A process that we may not ask is another user's, who has got our port since.
    process.kill(pid as number, 0);
    return { port: port as number, token, pid: pid as number };
  } catch {
    return undefined;
  }
}

/** @throws Error when the folder is not this user's alone, or cannot be written */
export async function writeAddress(folder: string, address: Address): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if (!(await isOurs(folder))) throw new Error(`${folder} is not this user's alone`);
  const file = join(folder, fileName);
  const made = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(made, 'wx', 0o600);
  try {
    await handle.writeFile(JSON.stringify(address));
  } finally {
    await handle.close();
  }
  // In one piece: a reader sees the old one or the new one.
  await rename(made, file).catch(async (error: unknown) => {
    await rm(made, { force: true });
    throw error;
  });
}

/** Takes the address away, if it is still this one. */
export async function removeAddress(folder: string, { token }: Address): Promise<void> {
  const there = await readAddress(folder);
  if (there?.token === token) await rm(join(folder, fileName), { force: true });
}

/** Of this user, no link, and closed to everybody else. Windows has no such owner; its temporary folder is the user's. */
async function isOurs(path: string): Promise<boolean> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return false;
  return process.getuid === undefined || (found.uid === process.getuid() && (found.mode & 0o077) === 0);
}
