import type { ResourceList } from './pod.ts';
import { type Amounts, parsed } from './pod-requests.ts';

/** A resource of which there is not enough left, in thousandths. */
export interface Shortage {
  readonly resource: string;
  readonly used: bigint;
  readonly limit: bigint;
  readonly asked: bigint;
}

const ordinary = new Set(['cpu', 'memory', 'ephemeral-storage', 'pods']);

/**
 * The first resource that would exceed what was granted; undefined when all of it fits. Of a grant, an ordinary resource that it does not name is not limited, another one (devices, huge pages)
 * was not granted at all.
 */
export function shortage(granted: ResourceList, used: Amounts, asked: Amounts): Shortage | undefined {
  const limits = parsed(granted);
  for (const [resource, amount] of Object.entries(asked)) {
    const limit = limits[resource] ?? (ordinary.has(resource) ? undefined : 0n);
    const before = used[resource] ?? 0n;
    if (limit !== undefined && amount > 0n && before + amount > limit) {
      return { resource, used: before, limit, asked: amount };
    }
  }
  return undefined;
}
