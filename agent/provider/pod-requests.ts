import type { PodContainer, ProvidedPod, ResourceList } from './pod.ts';
import { parseQuantity } from './quantity.ts';

/** Thousandths by resource name. */
export type Amounts = Readonly<Record<string, bigint>>;

/**
 * What a pod holds of a quota, as the scheduler counts (KEP-753): its containers and restartable init containers
 * together, or the largest init container with those restartable ones before it, whichever is more; overhead; and one
 * of `pods`. A limit without a request counts as the request. What is no quantity counts as nothing: an API server does
 * not let it pass.
 */
export function podRequests(spec: NonNullable<ProvidedPod['spec']>): Amounts {
  let running: Amounts = {};
  let largest: Amounts = {};
  for (const init of spec.initContainers ?? []) {
    const own = amounts(init);
    if (init.restartPolicy === 'Always') {
      running = sum(running, own);
      largest = each(largest, running, max);
    } else {
      largest = each(largest, sum(running, own), max);
    }
  }
  for (const container of spec.containers ?? []) running = sum(running, amounts(container));
  const needed = each(running, largest, max);
  return { ...sum(needed, parsed(spec.overhead ?? {})), pods: 1000n };
}

/** Adds by resource. */
export function sum(one: Amounts, other: Amounts): Amounts {
  return each(one, other, (a, b) => a + b);
}

/** Quantities as amounts. */
export function parsed(list: ResourceList): Amounts {
  return Object.fromEntries(Object.entries(list).map(([name, text]) => [name, parseQuantity(text) ?? 0n]));
}

function amounts({ resources }: PodContainer): Amounts {
  return parsed({ ...resources?.limits, ...resources?.requests });
}

function each(one: Amounts, other: Amounts, combine: (a: bigint, b: bigint) => bigint): Amounts {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries([...names].map((name) => [name, combine(one[name] ?? 0n, other[name] ?? 0n)]));
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
