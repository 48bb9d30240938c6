'use strict';
// Jest's transformer: types are checked by `npm run check`, here they are only stripped.
const { createHash } = require('node:crypto');
const { transformSync, version } = require('esbuild');

/**
 * In a test's context each global is looked up through an interceptor of `node:vm`, which makes work by the million up to ten times as dear.
 * Those that nobody replaces are held in each module. In the first line, so that all others keep their numbers.
 */
const held =
  'Array BigInt Boolean Error Int32Array Float64Array JSON Map Math Number Object Promise RangeError Reflect Set String Symbol TypeError Uint8Array Uint16Array Uint32Array WeakMap WeakSet isNaN'.split(
    ' ',
  );
function hold(code) {
  const used = held.filter(
    (name) =>
      new RegExp(`\\b${name}\\b`).test(code) &&
      !new RegExp(`\\b(?:class|const|let|var|function|import)\\s[^;]*?\\b${name}\\b\\s*(?:[=({,]|from)`).test(code),
  );
  return used.length === 0 ? code : `const { ${used.join(', ')} } = globalThis; ${code}`;
}

module.exports = {
  canInstrument: false,
  getCacheKey: (source, file, options) =>
    createHash('sha1')
      .update([version, hold.toString(), source, file, options.configString, String(options.supportsStaticESM)].join('\0'))
      .digest('hex'),
  process: (source, file, options) => ({
    code: hold(
      file.endsWith('.ts')
        ? transformSync(source, {
            loader: 'ts',
            sourcefile: file,
            sourcemap: 'inline',
            target: 'node20',
            format: options.supportsStaticESM ? 'esm' : 'cjs',
          }).code
        : source,
    ),
  }),
};
