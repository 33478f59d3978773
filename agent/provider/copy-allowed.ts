/** Which parts of a JSON value may be taken over from somebody who is not trusted. */
export type Allowed =
  /** Taken as it is. */
  | 'any'
  /** An object with these fields and no others. */
  | { readonly fields: Readonly<Record<string, Allowed>> }
  /** A list of such values. */
  | { readonly each: Allowed }
  /** Not taken: only a value that changes nothing may stand here. */
  | { readonly only: readonly unknown[]; readonly because: string }
  /** Taken if it is one of these. */
  | { readonly oneOf: readonly unknown[]; readonly because: string }
  /** Taken if it is a number up to this. */
  | { readonly atMost: number; readonly because: string }
  /** Never. */
  | { readonly refused: string };

/** A field that is refused, and why. */
export interface RefusedField {
  /** `spec.pod.containers[0].ports[0].hostPort`. */
  readonly path: string;
  /** A clause with the remedy, where there is one. */
  readonly because: string;
}

const unlisted = 'is not a field that a consumer may set; remove it';

/**
 * A copy of what is allowed. Everything else is added to `refused` rather than left out: a caller that gets any
 * refusal must not use the copy. Null counts as absent, as API servers have it.
 */
export function copyAllowed(
  value: unknown,
  allowed: Allowed,
  path: string,
  refused: RefusedField[],
): unknown {
  if (allowed === 'any') return value;
  if ('refused' in allowed) return refuse(refused, path, allowed.refused);
  if ('only' in allowed) {
    return allowed.only.some((one) => same(one, value)) ? undefined : refuse(refused, path, allowed.because);
  }
  if ('oneOf' in allowed) {
    return allowed.oneOf.includes(value) ? value : refuse(refused, path, allowed.because);
  }
  if ('atMost' in allowed) {
    const fits = typeof value === 'number' && value <= allowed.atMost;
    return fits ? value : refuse(refused, path, allowed.because);
  }
  if ('each' in allowed) {
    if (!Array.isArray(value)) return refuse(refused, path, 'must be a list');
    return value.map((one, index) => copyAllowed(one, allowed.each, `${path}[${index}]`, refused));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(refused, path, 'must be an object');
  }
  const entries = Object.entries(value)
    .filter(([, one]) => one !== undefined && one !== null)
    .map(([key, one]) => {
      const at = `${path}.${key}`;
      const field = Object.hasOwn(allowed.fields, key) ? allowed.fields[key] : undefined;
      return [
        key,
        field === undefined ? refuse(refused, at, unlisted) : copyAllowed(one, field, at, refused),
      ];
    });
  return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function refuse(refused: RefusedField[], path: string, because: string): undefined {
  refused.push({ path, because });
}

/** Equal scalars, or two empty lists. */
function same(one: unknown, other: unknown): boolean {
  return (
    one === other || (Array.isArray(one) && Array.isArray(other) && one.length === 0 && other.length === 0)
  );
}
