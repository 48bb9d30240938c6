/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: '<rootDir>/test/support/environment.cjs',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  maxWorkers: '100%',
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
