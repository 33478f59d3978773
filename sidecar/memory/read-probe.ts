import { isRecord } from '#core/api/is-record.ts';
import type { ProbeWord } from '#sidecar/model/probe-word.ts';
import { isText, isWhole } from './read-values.ts';

/** Checks what probes said of a target; undefined: it is not such as this program writes. */
export function readProbe(value: unknown): ProbeWord | undefined {
  if (!isRecord(value)) return undefined;
  const { state, row, why, answered } = value;
  if ((state !== 'up' && state !== 'down') || !isWhole(row, 0, 1_000) || typeof answered !== 'boolean')
    return undefined;
  if (why !== undefined && !isText(why, 4_096)) return undefined;
  return { state, row, why, answered };
}
