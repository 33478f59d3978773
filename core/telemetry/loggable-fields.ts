const struckOut = '[redacted]';
const maximumDepth = 8;

/** Names of fields whose value is a secret whatever it looks like; compared without case, dashes and underscores. */
const secretNames = new Set([
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'password',
  'passwd',
  'passphrase',
  'secret',
  'token',
  'accesstoken',
  'idtoken',
  'refreshtoken',
  'clientsecret',
  'clientkey',
  'clientkeydata',
  'privatekey',
  'keydata',
  'tsigkey',
  'tsigsecret',
]);

/** Secrets inside longer text: HTTP credentials, BIND's `secret "…"`, PEM private keys, tokens of service accounts. */
const secretTexts: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${struckOut}`],
  [/(\bsecret\s+)("[^"]*"|[\w+/]{16,}={0,2})/gi, `$1${struckOut}`],
  [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g, struckOut],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+/g, struckOut],
];

/** Names that a line has already; a field of that name gets an underscore behind it. */
const taken = new Set(['level', 'time', 'program', 'room', 'message']);

/**
 * Fields as they may be written: secrets struck out (by name and by look), errors with their code, hint and causes,
 * Maps as objects, Sets as arrays, bigints as text, Buffers as their size. Deeper than 8 levels, or circular: `[…]`.
 */
export function loggableFields(
  fields: Readonly<Record<string, unknown>>,
  options: { readonly stacks: boolean },
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields))
    result[taken.has(name) ? `${name}_` : name] = named(name, value, 0, options.stacks);
  return result;
}

function named(name: string, value: unknown, depth: number, stacks: boolean): unknown {
  const empty = value === undefined || value === null || value === '';
  if (!empty && secretNames.has(name.toLowerCase().replaceAll(/[-_]/g, ''))) return struckOut;
  return loggable(value, depth, stacks);
}

function loggable(value: unknown, depth: number, stacks: boolean): unknown {
  if (typeof value === 'string') return withoutSecrets(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maximumDepth) return '[…]';
  if (value instanceof Error) return loggableError(value, depth, stacks);
  if (value instanceof Date) return Number.isNaN(value.valueOf()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value) || value instanceof Set)
    return Array.from(value, (item) => loggable(item, depth + 1, stacks));
  const entries = value instanceof Map ? value.entries() : Object.entries(value);
  return Object.fromEntries(
    Array.from(entries, ([name, item]) => [name, named(String(name), item, depth + 1, stacks)]),
  );
}

function loggableError(error: Error, depth: number, stacks: boolean): Record<string, unknown> {
  const { code, hint } = error as { code?: unknown; hint?: unknown };
  return {
    name: error.name,
    ...(code !== undefined && { code: loggable(code, depth + 1, stacks) }),
    message: withoutSecrets(error.message),
    ...(hint !== undefined && { hint: loggable(hint, depth + 1, stacks) }),
    ...(error.cause !== undefined && { cause: loggable(error.cause, depth + 1, stacks) }),
    ...(error instanceof AggregateError && { errors: loggable(error.errors, depth + 1, stacks) }),
    ...(stacks && error.stack !== undefined && { stack: withoutSecrets(error.stack) }),
  };
}

function withoutSecrets(text: string): string {
  return secretTexts.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}
