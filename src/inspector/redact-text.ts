/**
 * Secrets inside of texts: those that are known, in every form in which they travel, and those that their surroundings give away
 * (`password=`, `Bearer`, a SASL element, an address with user and password). Every pattern takes linear time, whatever the text.
 */

export const hidden = '[redacted]';

const words =
  'password|passwd|pwd|passphrase|passcode|token|secret|credential|authorization|cookie|apikey|privatekey|accesskey|bearer|jwt';
const secretKey = new RegExp(words);
const exactKeys = new Set(['pass', 'pw', 'otp', 'pin', 'auth', 'sasl']);
const answers = new Map<string, boolean>();

/** Whether what stands under this key is a secret: `password`, `accessToken`, `X-Api-Key`, in any spelling. */
export function isSecretKey(key: string): boolean {
  const known = answers.get(key);
  if (known !== undefined) return known;
  const plain = key.replace(/[^a-zA-Z0-9]/g, '').toLowerCase();
  const isSecret = exactKeys.has(plain) || secretKey.test(plain);
  // Keys come from outside as well: they must not fill the memory.
  if (answers.size < 5_000 && key.length < 100) answers.set(key, isSecret);
  return isSecret;
}

const patterns: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic|Digest|Negotiate)[ \t]{1,4}[\w.~+/=-]{6,}/gi, `$1 ${hidden}`],
  [/(?<![a-z0-9+.-])([a-z][a-z0-9+.-]*:\/\/)[^\s/?#@:]*:[^\s/?#@]*@/gi, `$1${hidden}@`],
  [/(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g, hidden],
  // SASL over XMPP (RFC 6120 §6.4, XEP-0388), and elements named after a secret.
  [/<((?:auth|response|challenge|success|initial-response)\b[^<>]*)>[^<]+</gi, `<$1>${hidden}<`],
  [new RegExp(`<([\\w:-]{0,64}(?:${words})[^<>]*)>[^<]+<`, 'gi'), `<$1>${hidden}<`],
];
/** Most texts of a machine are names, and can hold none of the patterns. */
const isName = /^[\w.#@$ /-]{0,200}$/;

/** Hides what its surroundings give away. */
export function hideByContext(text: string): string {
  if (isName.test(text) && !/eyJ|Bearer|Basic|Digest|Negotiate/i.test(text)) return text;
  return hideLabelled(patterns.reduce((left, [pattern, replacement]) => left.replace(pattern, replacement), text));
}

/** Hides what follows `password=`, `"token":` and the like, up to its closing quote, or to the next gap. */
function hideLabelled(text: string): string {
  const label = /(?<![\w-])([\w-]+)\\*["']?\s{0,4}([=:])\s{0,4}/g;
  let quiet = '';
  let done = 0;
  for (let found = label.exec(text); found !== null; found = label.exec(text)) {
    const [whole, word = '', sign] = found;
    if (!isSecretKey(word)) {
      // The next label may begin within the gap.
      label.lastIndex = found.index + word.length + 1;
      continue;
    }
    const begin = found.index + whole.length;
    const end = endOfValue(text, begin, sign === '=' ? /[\s&#<]/g : /[\s<]/g);
    if (end > begin) quiet += text.slice(done, begin) + hidden;
    else quiet += text.slice(done, begin);
    label.lastIndex = done = end;
  }
  return quiet + text.slice(done);
}

/** Where a value ends that begins there: what is not closed ends with the text. */
function endOfValue(text: string, begin: number, gap: RegExp): number {
  if (text.startsWith(hidden, begin)) return begin + hidden.length;
  let open = begin;
  while (text[open] === '\\') open++;
  const quote = text[open];
  if (quote !== '"' && quote !== "'") {
    gap.lastIndex = begin;
    return gap.exec(text)?.index ?? text.length;
  }
  const depth = open - begin;
  for (let close = text.indexOf(quote, open + 1); close >= 0; close = text.indexOf(quote, close + 1)) {
    let before = close;
    while (before > open + 1 && text[before - 1] === '\\') before--;
    const escapes = close - before;
    // JSON within a text is escaped as deep as its opening quote; a quote that is part of the value is escaped once more.
    if (depth === 0 ? escapes % 2 === 0 : escapes <= depth) return close + 1;
  }
  return text.length;
}

/** The forms in which a known secret may stand in a text: as it is, in JSON, in an address, and in base64 at each of three offsets. */
export function formsOf(secret: string): string[] {
  const forms = new Set([secret, JSON.stringify(secret).slice(1, -1)]);
  // Half of a surrogate pair has no form in an address.
  if (!/\p{Surrogate}/u.test(secret)) forms.add(encodeURIComponent(secret));
  const bytes = [...new TextEncoder().encode(secret)];
  for (const before of [0, 1, 2]) {
    const coded = btoa(String.fromCharCode(...Array.from({ length: before }, () => 0), ...bytes));
    // Only the letters that depend on the secret alone.
    const core = coded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6));
    if (core.length < 6) continue;
    forms.add(core);
    forms.add(core.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return [...forms].filter((form) => form !== '');
}

/** What finds any of these; undefined for none. Longer ones first: one may hold another. */
export function finderOf(secrets: Iterable<string>): RegExp | undefined {
  const forms = [...new Set([...secrets].flatMap(formsOf))].sort((one, other) => other.length - one.length);
  return forms.length === 0
    ? undefined
    : new RegExp(forms.map((form) => form.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')).join('|'), 'g');
}
