import { isRecord } from './is-record.ts';
import type { Schema } from './schema.ts';

/** One fault of a value. */
export interface Problem {
  /** Where: `spec.rules[0].http`; empty for the value itself. */
  readonly path: string;
  /** What is wrong there, with the value found: `must be a string, found 5`. */
  readonly message: string;
}

/**
 * Checks a value against a schema as an API server does at admission: types, required, enum, pattern, lengths,
 * ranges, and the rules where the value below them is sound. Unknown fields are no fault here (see unknownFields).
 * Returns faults in the order of the schema; empty when sound. Never throws.
 */
export function validate(schema: Schema, value: unknown, path = ''): readonly Problem[] {
  const problems = validateType(schema, value, path);
  return problems.length > 0 ? problems : brokenRules(schema, value, path);
}

function validateType(schema: Schema, value: unknown, path: string): readonly Problem[] {
  switch (schema.type) {
    case 'object':
      return isRecord(value) ? validateObject(schema, value, path) : wrongType('an object', value, path);
    case 'array':
      return Array.isArray(value) ? validateArray(schema, value, path) : wrongType('a list', value, path);
    case 'string':
      return typeof value === 'string'
        ? validateString(schema, value, path)
        : wrongType('a string', value, path);
    case 'integer':
      return Number.isSafeInteger(value)
        ? validateInteger(schema, value as number, path)
        : wrongType('an integer', value, path);
    case 'boolean':
      return typeof value === 'boolean' ? [] : wrongType('true or false', value, path);
  }
}

function validateObject(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  path: string,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const name of schema.required ?? []) {
    if (value[name] === undefined || value[name] === null) {
      problems.push({ path: join(path, name), message: 'is required' });
    }
  }
  for (const [name, field] of Object.entries(value)) {
    const fieldSchema = Object.hasOwn(schema.properties ?? {}, name)
      ? schema.properties?.[name]
      : schema.additionalProperties;
    // A null stands for an absent field, as the API server reads it.
    if (fieldSchema !== undefined && field !== null && field !== undefined) {
      problems.push(...validate(fieldSchema, field, join(path, name)));
    }
  }
  const count = Object.keys(value).length;
  if (schema.maxProperties !== undefined && count > schema.maxProperties) {
    problems.push({ path, message: `must have at most ${schema.maxProperties} entries, found ${count}` });
  }
  return problems;
}

function validateArray(schema: Schema, value: readonly unknown[], path: string): readonly Problem[] {
  if (schema.minItems !== undefined && value.length < schema.minItems) {
    return [{ path, message: `must have at least ${schema.minItems} items, found ${value.length}` }];
  }
  if (schema.maxItems !== undefined && value.length > schema.maxItems) {
    return [{ path, message: `must have at most ${schema.maxItems} items, found ${value.length}` }];
  }
  const { items } = schema;
  return items === undefined
    ? []
    : value.flatMap((item, index) => validate(items, item, `${path}[${index}]`));
}

function validateString(schema: Schema, value: string, path: string): readonly Problem[] {
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    return [{ path, message: `must be one of ${schema.enum.join(', ')}, found ${shown(value)}` }];
  }
  if (schema.minLength !== undefined && value.length < schema.minLength) {
    return [{ path, message: `must have at least ${schema.minLength} characters, found ${shown(value)}` }];
  }
  if (schema.maxLength !== undefined && value.length > schema.maxLength) {
    return [{ path, message: `must have at most ${schema.maxLength} characters, found ${value.length}` }];
  }
  if (schema.pattern !== undefined && !new RegExp(schema.pattern, 'u').test(value)) {
    return [{ path, message: `must match ${schema.pattern}, found ${shown(value)}` }];
  }
  if (schema.format === 'date-time' && Number.isNaN(Date.parse(value))) {
    return [{ path, message: `must be a time as in RFC 3339, found ${shown(value)}` }];
  }
  return [];
}

function validateInteger(schema: Schema, value: number, path: string): readonly Problem[] {
  if (schema.minimum !== undefined && value < schema.minimum) {
    return [{ path, message: `must be at least ${schema.minimum}, found ${value}` }];
  }
  if (schema.maximum !== undefined && value > schema.maximum) {
    return [{ path, message: `must be at most ${schema.maximum}, found ${value}` }];
  }
  return [];
}

function brokenRules(schema: Schema, value: unknown, path: string): readonly Problem[] {
  return (schema['x-kubernetes-validations'] ?? [])
    .filter((rule) => !rule.holds(value))
    .map((rule) => ({ path, message: rule.message }));
}

function wrongType(wanted: string, value: unknown, path: string): readonly Problem[] {
  return [{ path, message: `must be ${wanted}, found ${shown(value)}` }];
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (isRecord(value)) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
