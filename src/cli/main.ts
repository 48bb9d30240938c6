#!/usr/bin/env node
/**
 * The command `presence-machine`: hands the process's arguments and streams to the program and keeps its exit code. It must never end the process
 * itself, which would cut off what a pipe has not taken yet.
 */
import { processHost } from './host.js';
import { run } from './program.js';

run(process.argv.slice(2), processHost()).then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
