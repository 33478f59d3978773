/** What each Go module under tools/host/go builds. */
export const goModules = {
  kubernetes: [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'kubelet',
    'kube-proxy',
    'kubectl',
  ],
  coredns: ['coredns'],
  podinfo: ['podinfo'],
} as const;

export type GoModule = keyof typeof goModules;

/** Name of a program that the module builds. */
export type GoBinary<M extends GoModule> = (typeof goModules)[M][number];
