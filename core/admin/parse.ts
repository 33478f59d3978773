import type { Schema } from '#core/api/schema.ts';
import { validate } from '#core/api/validate.ts';
import { AdminError } from './errors.ts';
import {
  adminApiVersion,
  type Explanation,
  explanationSchema,
  type Health,
  type HostList,
  healthSchema,
  hostListSchema,
} from './schema.ts';

/** Reads the body of `GET /hosts`. @throws AdminError `invalid` naming the place and what was found there. */
export function parseHostList(text: string): HostList {
  return parse(hostListSchema, text) as HostList;
}

/** Reads the body of `GET /explain`. @throws AdminError `invalid` naming the place and what was found there. */
export function parseExplanation(text: string): Explanation {
  return parse(explanationSchema, text) as Explanation;
}

/** Reads the body of `GET /health`. @throws AdminError `invalid` naming the place and what was found there. */
export function parseHealth(text: string): Health {
  return parse(healthSchema, text) as Health;
}

function parse(schema: Schema, text: string): unknown {
  const value = json(text);
  const [problem] = validate(schema, value);
  if (problem === undefined) return value;
  const version = (value as { apiVersion?: unknown } | null)?.apiVersion;
  if (typeof version === 'string' && version !== adminApiVersion)
    throw new AdminError(
      'invalid',
      `the sidecar speaks ${version.slice(0, 80)}, this program ${adminApiVersion}`,
      'bring plugin and sidecar to the same version: kubectl gslb version shows both',
    );
  throw new AdminError(
    'invalid',
    `unexpected answer: ${problem.path || 'body'} ${problem.message}`,
    skewHint,
  );
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AdminError('invalid', `unexpected answer: not JSON (${text.length} characters)`, skewHint, {
      cause,
    });
  }
}

const skewHint =
  'something else may listen there; kubectl gslb version shows the versions of plugin and sidecar';
