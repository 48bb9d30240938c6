/**
 * Asks for a password without showing it. It must never echo, keep or log what was typed, and always leaves the terminal as it was.
 */
import { StringDecoder } from 'node:string_decoder';
import { type Host, InterruptedError } from './host.js';

/**
 * A line typed unseen at the terminal. The question goes to the error output, so that a pipe behind the standard output does not get it.
 * @returns undefined when the input ended
 * @throws InterruptedError at Ctrl-C; the reason of `signal`
 */
export function readSecret(
  host: Pick<Host, 'input' | 'err'>,
  question: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { input, err } = host;
  return new Promise((resolve, reject) => {
    const decoder = new StringDecoder('utf8');
    const typed: string[] = [];
    // Keys such as the arrows send an escape sequence, which is no part of a password.
    let escape = '';

    const end = (): void => {
      input.off('data', take);
      input.off('end', close);
      signal.removeEventListener('abort', abort);
      input.setRawMode?.(false);
      input.pause();
      err.write('\n');
    };
    const close = (): void => (end(), resolve(undefined));
    const abort = (): void => (end(), reject(signal.reason as Error));
    const isOver = (key: string): boolean => {
      if (key === '\r' || key === '\n') return (end(), resolve(typed.join('')), true);
      if (key === '\u0003') return (end(), reject(new InterruptedError(130)), true);
      if (key === '\u0004' && typed.length === 0) return (close(), true);
      return false;
    };
    const take = (chunk: Buffer | string): void => {
      for (const key of typeof chunk === 'string' ? chunk : decoder.write(chunk)) {
        if (isOver(key)) return;
        if (escape !== '' || key === '\u001b') {
          escape += key;
          const isStart = escape === '\u001b' || escape === '\u001b[' || escape === '\u001bO';
          if (!isStart && /[@-~]$/.test(escape)) escape = '';
        } else if (key === '\u007f' || key === '\b') typed.pop();
        else if (key === '\u0015') typed.length = 0;
        else if (key >= ' ') typed.push(key);
      }
    };

    if (signal.aborted) return reject(signal.reason as Error);
    // The echo goes off first: who types as soon as the question is there must not be shown.
    input.setRawMode?.(true);
    err.write(question);
    input.on('data', take);
    input.on('end', close);
    signal.addEventListener('abort', abort);
    input.resume();
  });
}
