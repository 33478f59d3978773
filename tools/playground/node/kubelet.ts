import { stringify } from 'yaml';
import type { KeyPairFiles } from '#tools/playground/cluster/pki.ts';
import { containerdSocket } from './containerd.ts';

export interface KubeletOptions {
  readonly folder: string;
  /** Verifies who asks the kubelet. */
  readonly clientAuthority: string;
  readonly server: KeyPairFiles;
  /** Path of the cgroup that holds this node's pods, without the hierarchy. */
  readonly cgroup: string;
  readonly clusterDns: string;
  /** The resolv.conf of pods that use their node's resolver. */
  readonly resolvConf: string;
}

/** KubeletConfiguration (YAML). */
export function kubeletConfig(options: KubeletOptions): string {
  const { folder } = options;
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: options.clientAuthority },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: options.server.certificate,
    tlsPrivateKeyFile: options.server.key,
    clusterDomain: 'cluster.local',
    clusterDNS: [options.clusterDns],
    resolvConf: options.resolvConf,
    containerRuntimeEndpoint: `unix://${containerdSocket(folder)}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: options.cgroup,
    failCgroupV1: false,
    failSwapOn: false,
    podLogsDir: `${folder}/pod-logs`,
    volumePluginDir: `${folder}/volume-plugins`,
    // The machine's disk is not a node's to account for, nor to clean: images come from nowhere but `up`.
    localStorageCapacityIsolation: false,
    imageGCHighThresholdPercent: 100,
    evictionHard: { 'memory.available': '50Mi' },
  });
}
