/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  maxWorkers: '100%',
  // What a test file has loaded is never quite let go of, and a process with gigabytes needs a while to end, on a busy machine longer than the half
  // second after which Jest takes it for one that leaks. A handle that is really left open lasts longer than this, and is still told of.
  workerIdleMemoryLimit: '512MB',
  workerGracefulExitTimeout: 3_000,
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Examples import the package by its name; in tests that is the source, not the last build.
    '^presence-machine$': '<rootDir>/src/index.ts',
    '^presence-machine/model$': '<rootDir>/machines/index.ts',
    '^presence-machine/testing$': '<rootDir>/src/testing/index.ts',
    '^presence-machine/(pool|compile)$': '<rootDir>/src/table/$1/index.ts',
    '^presence-machine/environment$': '<rootDir>/src/environment/index.ts',
    '^presence-machine/(memory|loopback|xmpp)$': '<rootDir>/src/transports/$1/index.ts',
  },
  // XState too: most of the work of the tests is its own.
  transform: { '^.+\\.ts$|/node_modules/xstate/.+\\.js$': '<rootDir>/test/support/esbuild-transform.cjs' },
  transformIgnorePatterns: ['/node_modules/(?!xstate/)'],
};

export default config;
