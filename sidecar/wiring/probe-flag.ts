import { FlagError } from '#core/program/errors.ts';
import type { ProbeSpec } from '#sidecar/model/policy.ts';

/**
 * Reads `--probe`: `none`, `tcp:PORT`, `http:PORT/PATH`, `https:PORT/PATH`; without a path it is `/`. The Host header
 * is the address. @throws FlagError
 */
export function probeFlag(text: string): ProbeSpec {
  if (text === 'none') return { type: 'none' };
  const [, type = '', digits, path] = /^(tcp|https?):(\d{1,5})(\/[!-~]*)?$/.exec(text) ?? [];
  const port = Number(digits);
  if (port > 0 && port < 65_536) {
    if (type === 'http' || type === 'https') return { type, port, path: path ?? '/', host: '' };
    if (path === undefined) return { type: 'tcp', port };
  }
  throw new FlagError(
    `--probe "${text}" is not a probe`,
    'give tcp:PORT, http:PORT/PATH, https:PORT/PATH or none, for example --probe=http:80/healthz',
  );
}
