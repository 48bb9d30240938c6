/** A judge of JSON Schema, as far as the schema of the vectors goes: anything else in a schema is an error, so that nothing is passed over. */

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

const notes = new Set(['$schema', '$defs', 'title', 'description']);

/** What is wrong with a value, each with its place; empty: nothing. */
export function faults(schema: Json, value: unknown, root: Json = schema, place = ''): string[] {
  const found: string[] = [];
  const fault = (text: string) => void found.push(`${place || '/'}: ${text}`);
  const within = (part: unknown, one: unknown, step: string) => {
    if (!isObject(part)) throw new TypeError(`schema: ${place}${step} has no schema`);
    found.push(...faults(part, one, root, `${place}/${step}`));
  };
  for (const [word, said] of Object.entries(schema)) {
    if (notes.has(word)) continue;
    switch (word) {
      case '$ref': {
        const name = String(said).replace('#/$defs/', '');
        const target = isObject(root['$defs']) ? root['$defs'][name] : undefined;
        if (!isObject(target)) throw new TypeError(`schema: ${String(said)} leads nowhere`);
        found.push(...faults(target, value, root, place));
        break;
      }
      case 'const':
        if (value !== said) fault(`expected ${JSON.stringify(said)}, got ${JSON.stringify(value)}`);
        break;
      case 'enum':
        if (!(said as unknown[]).includes(value)) fault(`${JSON.stringify(value)} is not one of them`);
        break;
      case 'type': {
        const type = Array.isArray(value) ? 'array' : Number.isInteger(value) && said === 'integer' ? 'integer' : typeof value;
        if (type !== said || value === null) fault(`expected ${String(said)}, got ${type}`);
        break;
      }
      case 'minimum':
        if (typeof value === 'number' && value < Number(said)) fault(`${value} is too small`);
        break;
      case 'minItems':
        if (Array.isArray(value) && value.length < Number(said)) fault('too few');
        break;
      case 'items':
        if (Array.isArray(value)) value.forEach((one, at) => within(said, one, String(at)));
        break;
      case 'required':
        for (const name of said as string[]) if (isObject(value) && !(name in value)) fault(`${name} is missing`);
        break;
      case 'properties':
        for (const [name, part] of Object.entries(said as Json))
          if (isObject(value) && name in value) within(part, value[name], name);
        break;
      case 'additionalProperties': {
        if (!isObject(value)) break;
        const known = isObject(schema['properties']) ? schema['properties'] : {};
        for (const [name, one] of Object.entries(value)) {
          if (name in known) continue;
          if (said === false) fault(`${name} is not expected`);
          else within(said, one, name);
        }
        break;
      }
      default:
        throw new TypeError(`schema: nobody here understands ${word}`);
    }
  }
  return found;
}
