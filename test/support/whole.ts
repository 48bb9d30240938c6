/**
 * Tests over everything there is take minutes: CI runs them, and so does FULL=1; elsewhere a part of it is tested, and what is left out is said. It
 * must never leave anything out in silence.
 */

const isAsked = ['CI', 'FULL'].some((name) => !['', '0', 'false', undefined].includes(process.env[name]));

/** Whether all of it is to be tested. @param what is left out if not */
export function isWhole(what: string): boolean {
  if (!isAsked) process.stderr.write(`LEFT OUT: ${what}; CI and FULL=1 run it\n`);
  return isAsked;
}
