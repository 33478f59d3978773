import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { join } from 'node:path';
import { SourceError } from '#core/source/errors.ts';
import type { Access, Credentials } from './access.ts';

/** Bound tokens live an hour and are replaced on disk; client-go too reads them once a minute. */
const rereadMs = 60_000;

export interface InClusterOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Default: this process's own. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default /var/run/secrets/kubernetes.io/serviceaccount. */
  readonly directory?: string;
}

/**
 * The ServiceAccount of the pod that this process runs in: KUBERNETES_SERVICE_HOST and _PORT, and the mounted token
 * and authority, read again every minute. Done here, because loading client-node for it costs 100 MB.
 */
export function inClusterCredentials(options: InClusterOptions): Credentials {
  const { now, env = process.env, directory = '/var/run/secrets/kubernetes.io/serviceaccount' } = options;
  let held: { readonly access: Access; readonly readAt: number } | undefined;

  const read = async (): Promise<Access> => {
    const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env;
    if (!host || !port) throw notInCluster('KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set');
    try {
      const [token, ca] = await Promise.all([
        readFile(join(directory, 'token'), 'utf8'),
        readFile(join(directory, 'ca.crt')),
      ]);
      return {
        server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
        headers: { authorization: `Bearer ${token.trim()}` },
        tls: { ca },
      };
    } catch (cause) {
      throw notInCluster((cause as Error).message, cause);
    }
  };

  return {
    access: async () => {
      if (held === undefined || now() - held.readAt > rereadMs)
        held = { access: await read(), readAt: now() };
      return held.access;
    },
    forget: () => {
      held = undefined;
    },
  };
}

function notInCluster(facts: string, cause?: unknown): SourceError {
  return new SourceError('kubeconfig', `there is no service account to use: ${facts}`, {
    hint: 'Outside of a pod name a kubeconfig with --kubeconfig; in a pod leave automountServiceAccountToken on.',
    cause,
  });
}
