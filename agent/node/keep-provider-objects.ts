import { isDeepStrictEqual } from 'node:util';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import { type ResourceSlice, resourceSlices } from '#core/api/offload/resource-slice.ts';
import { type VirtualNode, virtualNodes } from '#core/api/offload/virtual-node.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import {
  resourceSlice,
  resourceSliceStatus,
  virtualNode,
  virtualNodeConditions,
} from './provider-objects.ts';

export interface ProviderObjectsOptions {
  readonly source: ApiServerSource;
  readonly link: ProviderLink;
  /** Of this cluster. */
  readonly clusterID: string;
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/** Keeps a provider's VirtualNode and ResourceSlice as its grant says; each is written only when it differs. */
export function providerObjectsKeeper({ source, link, clusterID, wallClock }: ProviderObjectsOptions) {
  const written = new Map<string, unknown>();
  const now = (): string => new Date(wallClock()).toISOString();
  /** Applies what is wanted unless it is what was written to the very object that is found. */
  const unlessWritten = async (
    what: string,
    uid: string | undefined,
    wanted: unknown,
    write: () => Promise<unknown>,
  ) => {
    const state = { uid, wanted };
    if (uid !== undefined && isDeepStrictEqual(written.get(what), state)) return;
    await write();
    written.set(what, state);
  };

  return {
    virtualNode: async (found: VirtualNode | undefined, node: 'Running' | 'Creating'): Promise<void> => {
      const wanted = virtualNode(link, link.grant());
      const uid = found?.metadata.uid;
      await unlessWritten('virtual node', uid, wanted, () => source.apply(virtualNodes, wanted));
      const { spec: _, ...bare } = wanted;
      const conditions = virtualNodeConditions(node, found?.status?.conditions ?? [], now());
      const stands = isDeepStrictEqual(conditions, found?.status?.conditions);
      if (stands) return;
      await source.applyStatus(virtualNodes, { ...bare, status: { conditions } } as VirtualNode);
    },
    resourceSlice: async (found: ResourceSlice | undefined): Promise<void> => {
      const wanted = resourceSlice(link, clusterID, link.grant());
      const uid = found?.metadata.uid;
      await unlessWritten('slice', uid, wanted, () => source.apply(resourceSlices, wanted));
      const { spec: _, ...bare } = wanted;
      const status = resourceSliceStatus(link.grant(), found?.status?.conditions ?? [], now());
      const { conditions, ...rest } = status;
      const stands =
        found !== undefined &&
        conditions.every((c) => found.status?.conditions?.some((f) => isDeepStrictEqual(f, c)));
      if (!stands) written.delete('slice status');
      await unlessWritten('slice status', uid, rest, () =>
        source.applyStatus(resourceSlices, { ...bare, status } as ResourceSlice),
      );
    },
  };
}
