/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  maxWorkers: '100%',
  // The page's own suites need a quiet machine and a browser: `npm run test:page`.
  testPathIgnorePatterns: ['/node_modules/', ...(process.env['PAGE'] === '1' ? [] : ['/test/inspector/page'])],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: {
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // Examples import the package by its name; in tests that is the source, not the last build.
    '^presence-machine$': '<rootDir>/src/index.ts',
    '^presence-machine/model$': '<rootDir>/machines/index.ts',
    '^presence-machine/testing$': '<rootDir>/src/testing/index.ts',
    '^presence-machine/(memory|loopback|xmpp)$': '<rootDir>/src/transports/$1/index.ts',
  },
  transform: { '^.+\\.ts$': '<rootDir>/test/support/esbuild-transform.cjs' },
};

export default config;
