import type { Schema } from './schema.ts';

/**
 * What an API server stores of a sound value: defaults filled in, unknown fields and nulls dropped. `unknown` lists
 * the paths of fields that the schema does not know. The value itself is not changed.
 */
export function prune(
  schema: Schema,
  value: unknown,
  path = '',
): { readonly value: unknown; readonly unknown: readonly string[] } {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return { value, unknown: [] };
    const results = value.map((item, index) => prune(items, item, `${path}[${index}]`));
    return { value: results.map((result) => result.value), unknown: results.flatMap((r) => r.unknown) };
  }
  if (typeof value !== 'object' || value === null) return { value, unknown: [] };
  return pruneObject(schema, value as Readonly<Record<string, unknown>>, path);
}

function pruneObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): { readonly value: unknown; readonly unknown: readonly string[] } {
  const { properties, additionalProperties } = schema;
  // Says nothing of its fields, as `metadata: {type: object}`: all are kept.
  if (properties === undefined && additionalProperties === undefined) return { value, unknown: [] };
  const kept: [string, unknown][] = [];
  const unknown: string[] = [];
  for (const [name, field] of Object.entries(value)) {
    const at = path === '' ? name : `${path}.${name}`;
    const fieldSchema =
      properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (fieldSchema === undefined) unknown.push(at);
    else if (field !== null && field !== undefined) {
      const result = prune(fieldSchema, field, at);
      kept.push([name, result.value]);
      unknown.push(...result.unknown);
    }
  }
  for (const [name, field] of Object.entries(properties ?? {})) {
    if (field.default !== undefined && (value[name] ?? null) === null) kept.push([name, field.default]);
  }
  // Not by assignment: a key `__proto__` is data here.
  return { value: Object.fromEntries(kept), unknown };
}
