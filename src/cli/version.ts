/**
 * The version that `--version` prints. It stands here as text, since neither module kind can find package.json from its own place without a word that the
 * other kind lacks; a test holds it against package.json. It must never be worked out at run time.
 */
export const version = '0.1.0';
