import type { NamespacePair, ProviderLink } from '#agent/model/provider-link.ts';
import { startNode } from '#agent/node/start-node.ts';
import { startPods } from '#agent/pods/start-pods.ts';
import { startReflect } from '#agent/reflect/reflect.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import type { RootLogger } from '#core/telemetry/logger.ts';
import { podsOn } from './pod-places.ts';
import { whileConnected } from './while-connected.ts';

export interface EnginesOptions {
  readonly source: ApiServerSource;
  readonly link: ProviderLink;
  /** Own. */
  readonly clusterID: string;
  /** Of this agent's pod. */
  readonly address: () => string | undefined;
  readonly kubelet: () => { readonly address: string; readonly port: number } | undefined;
  readonly networkUp: () => boolean | undefined;
  readonly isOffloaded: (namespace: string) => boolean;
  readonly log: RootLogger;
  readonly now: () => number;
  readonly wallClock: () => number;
  readonly random: () => number;
}

/** What runs for one provider while its link stands. */
export interface ProviderEngines {
  readonly link: ProviderLink;
  /** Whether a pod of this cluster is bound to the provider's node. */
  readonly runs: (namespace: string, name: string) => boolean;
  setPairs(pairs: readonly NamespacePair[]): void;
  /** The network or the kubelet endpoint came or went. */
  networkMoved(): void;
  /** Cordons and drains the node, withdraws the namespaces, removes the node. Bounded by the signal. */
  leave(signal: AbortSignal, withdraw: () => Promise<void>): Promise<void>;
  readonly drained: Promise<unknown>;
}

/** Virtual node, pods and reflection for one provider. */
export function startEngines(options: EnginesOptions, signal: AbortSignal): ProviderEngines {
  const { source, link, clusterID, address, log, now, wallClock, random } = options;
  let pairs: readonly NamespacePair[] = [];
  const node = startNode(
    {
      source,
      link,
      clusterID,
      kubelet: options.kubelet,
      namespaces: () => pairs.map(({ local }) => local),
      networkUp: options.networkUp,
      log: log.room('node'),
      random,
      now,
      wallClock,
    },
    signal,
  );
  const pods = startPods(
    {
      source,
      link,
      clusterID,
      agentAddress: address,
      isOffloaded: options.isOffloaded,
      log: log.room('pods'),
      random,
      wallClock,
    },
    signal,
  );
  const reflect = startReflect({ source, link, clusterID, log: log.room('reflect'), random }, signal);
  return {
    link,
    runs: podsOn(source, link.nodeName, signal),
    setPairs: (next) => {
      pairs = next;
      pods.setPairs(next);
      reflect.setPairs(next);
      node.touch();
    },
    networkMoved: () => node.touch(),
    leave: async (leaving, withdraw) => {
      node.cordon();
      const { left } = await pods.drain(leaving);
      if (left.length > 0)
        log.warn(
          { provider: link.clusterID, pods: left },
          'these pods were still there when the time was up',
        );
      // The node goes in any case: nobody else takes it away.
      await whileConnected(link, withdraw, leaving).catch((error: unknown) =>
        log.warn({ provider: link.clusterID, error }, 'the namespaces could not be withdrawn'),
      );
      await node.remove();
    },
    drained: Promise.allSettled([node.drained, pods.drained, reflect.drained]),
  };
}
