import type { DecisionRemark, FilterName, FilterStep } from '#sidecar/model/host-decision.ts';
import { affinity } from './affinity.ts';
import { alive } from './alive.ts';
import { drained } from './drained.ts';
import { failOpen } from './fail-open.ts';
import { fence } from './fence.ts';
import { earliest, type Filter, type Setting, type Standing } from './filter.ts';
import { limit } from './limit.ts';
import { remote } from './remote.ts';
import { strategy } from './strategy.ts';
import { weight } from './weight.ts';

/** The filters by which a host's answer is decided. */
export type Chain = Readonly<Record<FilterName, Filter>>;

/** The filters, in the order in which they are asked. */
export const chain: Chain = { alive, drained, remote, fence, strategy, weight, affinity, limit, failOpen };

/** Those that do not look at the client: they are asked once for a host. */
export const forAllClients = ['alive', 'drained', 'remote'] as const;

/** The others: asked for each class of clients. */
export const forOneClient = ['fence', 'strategy', 'weight', 'affinity', 'limit', 'failOpen'] as const;

/** What several filters left together. */
export interface Passed {
  readonly standing: Standing;
  readonly steps: readonly FilterStep[];
  readonly remarks: readonly DecisionRemark[];
  readonly reconsiderAtMs: number | undefined;
}

/** Sends the clusters through some filters of a chain. */
export function passThrough(
  filters: Chain,
  names: readonly FilterName[],
  from: Standing,
  setting: Setting,
): Passed {
  let standing = from;
  let reconsiderAtMs: number | undefined;
  const steps: FilterStep[] = [];
  const remarks: DecisionRemark[] = [];
  for (const name of names) {
    const filtered = filters[name](standing, setting);
    standing = filtered.standing;
    steps.push(filtered.step);
    if (filtered.remarks !== undefined) remarks.push(...filtered.remarks);
    reconsiderAtMs = earliest(reconsiderAtMs, filtered.reconsiderAtMs);
  }
  return { standing, steps, remarks, reconsiderAtMs };
}
