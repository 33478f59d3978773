import { describe, expect, it } from 'vitest';
import type { GslbReference } from '#sidecar/model/cluster-view.ts';
import { gslbKey, hostOwner } from './ownership.ts';

/** `io/web/a@10`: group, namespace, name, creation. */
const claimant = (text: string) => {
  const [path = '', at] = text.split('@');
  const [group, namespace = '', name = ''] = path.split('/');
  const reference: GslbReference = {
    group: group === 'io' ? 'k8gb.io' : 'k8gb.absa.oss',
    namespace,
    name,
  };
  const createdAtMs = at === 'unwritten' ? Number.POSITIVE_INFINITY : Number(at);
  return { key: gslbKey(reference), reference, createdAtMs };
};

/** All orders of a list. */
function* orders<T>(list: readonly T[]): Iterable<readonly T[]> {
  if (list.length < 2) yield list;
  for (const [index, first] of list.entries())
    for (const rest of orders(list.toSpliced(index, 1))) yield [first, ...rest];
}

describe('who keeps a host', () => {
  it.each([
    ['nobody, when nobody asks', [], undefined],
    ['the oldest', ['io/web/b@20', 'io/web/a@30', 'io/shop/c@10'], 'k8gb.io/shop/c'],
    ['of two of one age, the first by key', ['io/web/b@10', 'io/web/a@10'], 'k8gb.io/web/a'],
    [
      'a written Gslb before an annotated Ingress that has none yet',
      ['io/a/a@unwritten', 'io/web/b@20'],
      'k8gb.io/web/b',
    ],
    ['of one object in both groups, the one of k8gb.io', ['legacy/web/a@10', 'io/web/a@20'], 'k8gb.io/web/a'],
    [
      'an object in migration keeps the age of its older half',
      ['legacy/web/a@10', 'io/web/a@30', 'io/web/b@20'],
      'k8gb.io/web/a',
    ],
    [
      'an older third one stays before both halves',
      ['legacy/web/a@20', 'io/web/a@30', 'io/web/b@10'],
      'k8gb.io/web/b',
    ],
  ])('%s, whatever the order they come in', (_title, claimants, owner) => {
    for (const order of orders(claimants)) expect(hostOwner(order.map(claimant))?.key).toBe(owner);
  });
});
