import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiAccess } from './api-client.ts';
import { ApiClient, apiServerReady } from './api-client.ts';
import type { Subject } from './certificate.ts';
import { controllerManager, etcd, kubeApiserver, kubeScheduler } from './control-plane-commands.ts';
import { renderKubeconfig } from './kubeconfig.ts';
import { ensurePki, type KeyPairFiles, type Pki } from './pki.ts';
import type { Processes } from './processes.ts';

/** All that a control plane is made from. */
export interface ControlPlaneOptions {
  /** Name of the cluster, in its kubeconfigs and its authority. */
  readonly name: string;
  /** Keys, kubeconfigs and etcd's data live here. */
  readonly directory: string;
  /** IPv4 address that the API server binds and advertises. */
  readonly address: string;
  readonly ports: { readonly api: number; readonly etcd: number; readonly etcdPeer: number };
  readonly serviceCidr: string;
  readonly podCidr: string;
  /** The first address of serviceCidr, which the Service `kubernetes` gets. */
  readonly apiServiceAddress: string;
  readonly binaries: ControlPlaneBinaries;
  /** Words put before every command, such as nsenter and its flags; none by default. */
  readonly enter?: readonly [string, ...string[]];
  /** Whether the controller manager and the scheduler run as well; an API server alone is enough for API tests. */
  readonly controllers: boolean;
  /** Certificates to issue beside the control plane's own, each with a kubeconfig of its name. */
  readonly users?: Readonly<Record<string, Subject>>;
}

/** Paths of the programs. */
export interface ControlPlaneBinaries {
  readonly etcd: string;
  readonly 'kube-apiserver': string;
  readonly 'kube-controller-manager': string;
  readonly 'kube-scheduler': string;
}

/** A control plane whose API server is ready. */
export interface ControlPlane {
  /** As `admin`, of group system:masters. */
  readonly access: ApiAccess;
  readonly kubeconfig: string;
}

/** What was laid down in the directory before anything runs. */
export interface ControlPlaneFiles {
  readonly server: string;
  /** The cluster's authority: clients, kubelets and API server alike. */
  readonly pki: Pki<string>;
  /** etcd trusts an authority of its own, or any node's certificate would open it. */
  readonly etcdPki: Pki<'server' | 'client'>;
  readonly kubeconfig: (user: string) => string;
}

/** Makes, or completes, the keys and kubeconfigs of a control plane. */
export async function prepareControlPlane(options: ControlPlaneOptions): Promise<ControlPlaneFiles> {
  const { name, directory, address, ports } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const users: Record<string, Subject> = {
    admin: { commonName: 'admin', organization: 'system:masters' },
    'controller-manager': { commonName: 'system:kube-controller-manager' },
    scheduler: { commonName: 'system:kube-scheduler' },
    ...options.users,
  };
  const pki = await ensurePki<string>(join(directory, 'pki'), `${name}-ca`, {
    api: {
      commonName: 'kube-apiserver',
      addresses: [address, '127.0.0.1', options.apiServiceAddress],
      dnsNames: [
        'localhost',
        'kubernetes',
        'kubernetes.default',
        'kubernetes.default.svc',
        'kubernetes.default.svc.cluster.local',
      ],
    },
    'service-accounts': { commonName: 'service-accounts' },
    'kubelet-client': { commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' },
    ...users,
  });
  const etcdPki = await ensurePki(join(directory, 'etcd-pki'), `${name}-etcd-ca`, {
    server: { commonName: 'etcd', addresses: ['127.0.0.1'] },
    client: { commonName: 'kube-apiserver' },
  });
  const server = `https://${address}:${ports.api}`;
  const kubeconfig = (user: string): string => join(directory, `${user}.kubeconfig`);
  for (const user of Object.keys(users)) {
    const entry = {
      name,
      server,
      authority: pki.authority.certificate,
      user: pki.issued[user] as KeyPairFiles,
    };
    writePrivate(kubeconfig(user), renderKubeconfig([entry]));
  }
  return { server, pki, etcdPki, kubeconfig };
}

/**
 * Starts etcd and an API server, waits for the latter, and starts controller manager and scheduler where asked for.
 * What already runs is left alone, so that this also mends a control plane of which something died.
 */
export async function startControlPlane(
  options: ControlPlaneOptions,
  processes: Processes,
  signal?: AbortSignal,
): Promise<ControlPlane> {
  const files = await prepareControlPlane(options);
  await processes.ensure(etcd(options, files));
  await processes.ensure(kubeApiserver(options, files));
  const access: ApiAccess = {
    server: files.server,
    authority: files.pki.authority.certificate,
    user: files.pki.issued['admin'] as KeyPairFiles,
  };
  using client = new ApiClient(access);
  const failure = (): string | undefined => processes.failure('etcd') ?? processes.failure('kube-apiserver');
  await apiServerReady(client, files.server, { timeoutMs: 110_000, failure, signal });
  if (options.controllers) {
    await processes.ensure(controllerManager(options, files));
    await processes.ensure(kubeScheduler(options, files));
  }
  return { access, kubeconfig: files.kubeconfig('admin') };
}

/** Replaces by rename, so that a reader never sees half a file; unchanged content would do no harm either. */
function writePrivate(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
}
