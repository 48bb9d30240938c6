'use strict';
// Jest's runner makes an AsyncLocalStorage for each test file and never lets go of it. On Node 20 each promise of the process pays for all of
// them, so that after fifty files promises cost twenty times as much. Those that a file has made end with it.
const { AsyncLocalStorage } = require('node:async_hooks');
const { TestEnvironment } = require('jest-environment-node');

module.exports = class extends TestEnvironment {
  #enable = AsyncLocalStorage.prototype._enable;
  #made = new Set();

  async setup() {
    await super.setup();
    // Other versions of Node keep no list, and have no such method.
    if (typeof this.#enable !== 'function') return;
    const [enable, made] = [this.#enable, this.#made];
    AsyncLocalStorage.prototype._enable = function (...given) {
      made.add(this);
      return enable.apply(this, given);
    };
  }

  async teardown() {
    if (typeof this.#enable === 'function') AsyncLocalStorage.prototype._enable = this.#enable;
    for (const storage of this.#made) storage.disable();
    await super.teardown();
  }
};
