/**
 * Where a verb's text goes: to the standard output, or to a file if one is named. It must never leave half a file without saying so.
 */
import { writeFile } from 'node:fs/promises';
import { FailedError, type Host } from './host.js';
import { printable } from './words.js';

const problems: Readonly<Record<string, string>> = {
  EACCES: 'not allowed',
  EISDIR: 'it is a folder',
  ENOENT: 'no such folder',
  ENOSPC: 'no space left',
  ENOTDIR: 'a part of the path is no folder',
  EPERM: 'not allowed',
  EROFS: 'the file system is read-only',
};

/**
 * @param option by which the file was named
 * @throws FailedError that names the file and what is wrong with it
 */
export async function emit(host: Pick<Host, 'out'>, text: string, file?: string, option = '--output'): Promise<void> {
  if (file === undefined) {
    host.out.write(text);
    return;
  }
  try {
    await writeFile(file, text);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    throw new FailedError(`${option}: cannot write ${printable(file)}: ${problems[code] ?? message}`);
  }
}
