import { expect, test } from 'vitest';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { nodeKeeper } from './keep-node.ts';
import type { NodeObject } from './node-object.ts';
import { ourTaints } from './taints.ts';

/** A node of a provider that is lost since 0, written through an API server that takes `writeMs` for each write. */
function lostNode(writeMs: number) {
  const clock = { nowMs: 0 };
  const patches: unknown[] = [];
  const write = async () => {
    clock.nowMs += writeMs;
    return {} as never;
  };
  const source = {
    apply: write,
    applyStatus: write,
    patch: async (_: unknown, __: string, patch: unknown) => void patches.push(patch),
  } as unknown as ApiServerSource;
  const grant = {
    providerClusterID: 'us',
    providerClusterUID: 'u',
    resources: {},
    kubeletVersion: 'v1',
    architecture: 'amd64',
  };
  const keeper = nodeKeeper({
    source,
    link: {
      clusterID: 'us',
      nodeName: 'liqo-us',
      grant: () => grant,
      state: () => ({ kind: 'unreachable', sinceMs: 0, message: 'm' }),
    } as unknown as ProviderLink,
    kubelet: () => undefined,
    namespaces: () => [],
    networkUp: () => undefined,
    now: () => clock.nowMs,
    wallClock: () => 0,
  });
  const node: NodeObject = {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'liqo-us', uid: 'n', labels: { 'liqo.io/type': 'virtual-node' } },
    spec: { taints: ourTaints(false) },
  };
  return { clock, patches, reconcile: () => keeper.reconcile(node, false) };
}

test('a provider that counts as lost while its node is written is looked at again at once', async () => {
  const { clock, patches, reconcile } = lostNode(30);
  clock.nowMs = 4990;
  expect(await reconcile()).toEqual({ requeueAfterMs: 0 });
  expect(patches).toEqual([]);
  expect(await reconcile()).toEqual({ requeueAfterMs: 300_000 });
  expect(patches).toHaveLength(1);
});

test('before that, the time that is left is waited for', async () => {
  const { clock, reconcile } = lostNode(0);
  clock.nowMs = 1000;
  expect(await reconcile()).toEqual({ requeueAfterMs: 4000 });
});
