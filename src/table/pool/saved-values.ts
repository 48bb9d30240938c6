/**
 * Values of any kind as JSON and back, exactly: also what JSON has no word for. What is more than data is refused; it must never come back as
 * something else.
 */

/** What JSON keeps as it is stands for itself; everything else is a list that begins with its kind. */
export function packed(value: unknown): unknown {
  return pack(value, new Set());
}

function pack(value: unknown, around: Set<object>): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : ['number', Object.is(value, -0) ? '-0' : String(value)];
    case 'undefined':
      return ['undefined'];
    case 'bigint':
      return ['bigint', String(value)];
    case 'object':
      return value === null ? null : packObject(value, around);
    default:
      throw new TypeError(`a ${typeof value}`);
  }
}

function packObject(value: object, around: Set<object>): unknown {
  if (around.has(value)) throw new TypeError('something that holds itself');
  const isList = Array.isArray(value);
  if (!isData(value, isList)) throw new TypeError(`${isList ? 'a list' : 'an object'} that is more than data`);
  around.add(value);
  const inner = isList
    ? value.map((each) => pack(each, around))
    : Object.entries(value).map(([key, each]) => [key, pack(each, around)]);
  around.delete(value);
  return [isList ? 'list' : 'object', inner];
}

/** By what it is made of, not by whose: it may come from another realm. */
function isData(value: object, isList: boolean): boolean {
  let depth = 0;
  for (let above: unknown = Object.getPrototypeOf(value); above !== null; above = Object.getPrototypeOf(above)) depth += 1;
  const keys = Reflect.ownKeys(value);
  if (!isList) return depth === 1 && keys.length === Object.keys(value).length;
  const { length } = value as readonly unknown[];
  return depth === 2 && keys.length === length + 1 && keys.every((key, at) => key === (at === length ? 'length' : String(at)));
}

/** @throws TypeError for what `packed` never makes */
export function unpacked(packed: unknown): unknown {
  if (!Array.isArray(packed)) {
    if (typeof packed === 'object' && packed !== null) throw damaged();
    return packed;
  }
  const [kind, inner] = packed as readonly unknown[];
  switch (kind) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(inner);
    case 'bigint':
      return BigInt(inner as string);
    case 'list':
      return (inner as readonly unknown[]).map(unpacked);
    case 'object':
      return Object.fromEntries((inner as readonly (readonly [string, unknown])[]).map(([key, each]) => [key, unpacked(each)]));
    default:
      throw damaged();
  }
}

const damaged = () => new TypeError('a value of a kind that is none');
