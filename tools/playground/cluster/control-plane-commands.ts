import { join } from 'node:path';
import type { ControlPlaneFiles, ControlPlaneOptions } from './control-plane.ts';
import type { KeyPairFiles } from './pki.ts';
import type { ProcessSpec } from './processes.ts';

/** etcd for one API server, on loopback, with mutual TLS; its data needs no fsync, for it is thrown away. */
export function etcd(options: ControlPlaneOptions, files: ControlPlaneFiles): ProcessSpec {
  const { server } = files.etcdPki.issued;
  const trusted = files.etcdPki.authority.certificate;
  const client = `https://127.0.0.1:${options.ports.etcd}`;
  const peer = `https://127.0.0.1:${options.ports.etcdPeer}`;
  return command(options, 'etcd', [
    '--name=default',
    `--data-dir=${join(options.directory, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    ...['', 'peer-'].flatMap((role) => [
      `--${role}cert-file=${server.certificate}`,
      `--${role}key-file=${server.key}`,
      `--${role}trusted-ca-file=${trusted}`,
      `--${role}client-cert-auth`,
    ]),
    '--unsafe-no-fsync',
    '--logger=zap',
  ]);
}

export function kubeApiserver(options: ControlPlaneOptions, files: ControlPlaneFiles): ProcessSpec {
  const { address, ports } = options;
  const { authority } = files.pki;
  const api = issued(files, 'api');
  const kubeletClient = issued(files, 'kubelet-client');
  const accounts = issued(files, 'service-accounts');
  return command(options, 'kube-apiserver', [
    `--etcd-servers=https://127.0.0.1:${ports.etcd}`,
    `--etcd-cafile=${files.etcdPki.authority.certificate}`,
    `--etcd-certfile=${files.etcdPki.issued.client.certificate}`,
    `--etcd-keyfile=${files.etcdPki.issued.client.key}`,
    `--bind-address=${address === '127.0.0.1' ? address : '0.0.0.0'}`,
    `--advertise-address=${address}`,
    `--secure-port=${ports.api}`,
    // The Service `kubernetes` may not point to a loopback address, and alone there is nobody who would use it.
    ...(address === '127.0.0.1' ? ['--endpoint-reconciler-type=none'] : []),
    `--service-cluster-ip-range=${options.serviceCidr}`,
    `--tls-cert-file=${api.certificate}`,
    `--tls-private-key-file=${api.key}`,
    `--client-ca-file=${authority.certificate}`,
    `--service-account-key-file=${accounts.certificate}`,
    `--service-account-signing-key-file=${accounts.key}`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    // Node names do not resolve anywhere.
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${authority.certificate}`,
    `--kubelet-client-certificate=${kubeletClient.certificate}`,
    `--kubelet-client-key=${kubeletClient.key}`,
  ]);
}

export function controllerManager(options: ControlPlaneOptions, files: ControlPlaneFiles): ProcessSpec {
  const { authority } = files.pki;
  return command(options, 'kube-controller-manager', [
    ...ownApi(files, 'controller-manager'),
    `--cluster-name=${options.name}`,
    // Every node's pod CIDR is in its CNI configuration.
    '--allocate-node-cidrs=false',
    `--cluster-cidr=${options.podCidr}`,
    `--service-cluster-ip-range=${options.serviceCidr}`,
    `--root-ca-file=${authority.certificate}`,
    `--service-account-private-key-file=${issued(files, 'service-accounts').key}`,
    '--use-service-account-credentials=true',
    // It makes an account and a token per controller when it starts; the default of 20 a second takes it 4 s.
    '--kube-api-qps=200',
    '--kube-api-burst=400',
    `--cluster-signing-cert-file=${authority.certificate}`,
    `--cluster-signing-key-file=${authority.key}`,
  ]);
}

export function kubeScheduler(options: ControlPlaneOptions, files: ControlPlaneFiles): ProcessSpec {
  return command(options, 'kube-scheduler', ownApi(files, 'scheduler'));
}

/** What the two controllers share: the API, who may ask them, and no election, as there is one of each. */
function ownApi(files: ControlPlaneFiles, user: string): string[] {
  const kubeconfig = files.kubeconfig(user);
  return [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--leader-elect=false',
  ];
}

function command(
  options: ControlPlaneOptions,
  name: keyof ControlPlaneOptions['binaries'],
  flags: readonly string[],
): ProcessSpec {
  const [first, ...rest] = [...(options.enter ?? []), options.binaries[name], ...flags];
  return { name, argv: [first as string, ...rest] };
}

function issued(files: ControlPlaneFiles, name: string): KeyPairFiles {
  return files.pki.issued[name] as KeyPairFiles;
}
