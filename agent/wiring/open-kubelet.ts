import { setTimeout as sleep } from 'node:timers/promises';
import { ensureServingCertificate, type ServingCertificate } from '#agent/kubelet/serving-certificate.ts';
import { type PodTarget, startKubelet } from '#agent/kubelet/start-kubelet.ts';
import {
  type ConfigMap,
  configMaps,
  type KubeObject,
  type Resource,
  type Secret,
  secrets,
} from '#core/api/kubernetes.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import type { Endpoint } from './flags.ts';

export interface OpenKubeletOptions {
  readonly source: ApiServerSource;
  /** The agent's. */
  readonly namespace: string;
  readonly listen: Endpoint;
  /** Of this pod; without one there is no endpoint. */
  readonly address: string | undefined;
  readonly log: Logger;
  /** Who runs a pod of this cluster. */
  readonly podTarget: (namespace: string, name: string) => PodTarget | undefined;
  readonly onOpen: () => void;
}

/** The kubelet endpoint: there as soon as it has a certificate that this cluster's API server trusts. */
export interface OpenedKubelet {
  endpoint(): { readonly address: string; readonly port: number } | undefined;
  readonly closed: Promise<void>;
}

const authentication = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
const certificateSecret = 'offload-kubelet';
/** For the certificate's subject; API servers check the addresses only. */
const nodeName = 'offload-agent';
const retryMs = 5_000;
const renewEveryMs = 3_600_000;

const subjectAccessReviews: Resource<SubjectAccessReview> = {
  group: 'authorization.k8s.io',
  version: 'v1',
  kind: 'SubjectAccessReview',
  plural: 'subjectaccessreviews',
  namespaced: false,
};

interface SubjectAccessReview extends KubeObject {
  readonly spec: object;
  readonly status?: { readonly allowed?: boolean };
}

/** Opens the endpoint, trying again until it can; the rest of the agent works without it. */
export function openKubelet(options: OpenKubeletOptions, signal: AbortSignal): OpenedKubelet {
  const { source, listen, address, log, podTarget, onOpen } = options;
  let opened: { readonly address: string; readonly port: number } | undefined;
  if (address === undefined) {
    log.warn({}, 'POD_IP is not set: logs and exec of pods on virtual nodes are not served');
    return { endpoint: () => undefined, closed: Promise.resolve() };
  }
  const key = `${authentication.namespace}/${authentication.name}`;
  const ca = source.watch<ConfigMap>(
    {
      resource: configMaps,
      namespace: authentication.namespace,
      fieldSelector: `metadata.name=${authentication.name}`,
      onChange: () => undefined,
    },
    signal,
  );
  void ca.synced.catch(() => undefined);
  const certificate = (): Promise<ServingCertificate> =>
    ensureServingCertificate(
      { source, nodeName, addresses: [address], store: certificateStore(options), wallClock: Date.now },
      signal,
    );
  const run = async (): Promise<void> => {
    let current = await certificate();
    const kubelet = await startKubelet(
      {
        listen,
        tls: () => current,
        clientCa: () => ca.get(key)?.data?.['client-ca-file'] ?? '',
        authorize: (user) => mayUseNodes(source, user),
        podTarget,
        log,
        now: () => performance.now(),
      },
      signal,
    );
    opened = { address, port: kubelet.port };
    onOpen();
    while (!signal.aborted) {
      await sleep(renewEveryMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) break;
      try {
        current = await certificate();
      } catch (error) {
        log.warn({ error }, "the kubelet endpoint's certificate could not be renewed; it is tried again");
      }
    }
    await kubelet.closed;
  };
  const untilOpen = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        return await run();
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ error }, 'the kubelet endpoint could not be opened; it is tried again');
        await sleep(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };
  return { endpoint: () => opened, closed: untilOpen() };
}

async function mayUseNodes(
  source: ApiServerSource,
  { name, groups }: { readonly name: string; readonly groups: readonly string[] },
): Promise<boolean> {
  const { status } = await source.create<SubjectAccessReview>(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    metadata: { name: '' },
    spec: {
      user: name,
      groups,
      resourceAttributes: { group: '', resource: 'nodes', subresource: 'proxy', verb: 'create' },
    },
  });
  return status?.allowed === true;
}

/** A Secret of the agent's namespace: a restart needs no new certificate. */
function certificateStore({ source, namespace }: OpenKubeletOptions) {
  const key = `${namespace}/${certificateSecret}`;
  const text = (value: string | undefined): string => Buffer.from(value ?? '', 'base64').toString('utf8');
  const bytes = (value: string): string => Buffer.from(value).toString('base64');
  return {
    get: async (): Promise<ServingCertificate | undefined> => {
      const stored = await found(source.get<Secret>(secrets, key));
      if (stored === undefined) return undefined;
      const { data } = stored;
      return { keyPem: text(data?.['tls.key']), certificatePem: text(data?.['tls.crt']) };
    },
    put: async ({ keyPem, certificatePem }: ServingCertificate): Promise<void> => {
      await source.apply<Secret>(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: certificateSecret, namespace },
        type: 'kubernetes.io/tls',
        data: { 'tls.key': bytes(keyPem), 'tls.crt': bytes(certificatePem) },
      });
    },
  };
}
