'use strict';
// Jest's transformer: types are checked by `npm run check`, here they are only stripped.
const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

module.exports = {
  canInstrument: false,
  getCacheKey: (source, file, options) =>
    createHash('sha1')
      .update([version, source, file, options.configString, String(options.supportsStaticESM)].join('\0'))
      .digest('hex'),
  process: (source, file, options) => ({
    code: transformSync(source, {
      loader: 'ts',
      sourcefile: file,
      sourcemap: 'inline',
      target: 'node20',
      format: options.supportsStaticESM ? 'esm' : 'cjs',
    }).code,
  }),
};
