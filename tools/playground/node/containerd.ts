/** What one node's containerd is configured from. */
export interface ContainerdOptions {
  /** The node's folder; containerd's data, state and socket are below it. */
  readonly folder: string;
  readonly podCidr: string;
  readonly sandboxImage: string;
}

/** Debian's folder of CNI plugins. */
const pluginFolder = '/usr/lib/cni';

export function containerdSocket(folder: string): string {
  return `${folder}/containerd.sock`;
}

/** What containerd loses without harm at a boot of its node, and must lose: it describes running containers. */
export function containerdState(folder: string): string {
  return `${folder}/containerd-state`;
}

export function cniFolder(folder: string): string {
  return `${folder}/cni`;
}

/** containerd's configuration (TOML). */
export function containerdConfig({ folder, sandboxImage }: ContainerdOptions): string {
  const text = JSON.stringify;
  return `version = 2
root = ${text(`${folder}/containerd`)}
state = ${text(containerdState(folder))}

[grpc]
  address = ${text(containerdSocket(folder))}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${text(sandboxImage)}
  # Lowering a process's oom_score_adj takes CAP_SYS_RESOURCE, which root in a container or VM may lack.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${text(pluginFolder)}
    conf_dir = ${text(cniFolder(folder))}
  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      Root = ${text(`${containerdState(folder)}/runc`)}
`;
}

/** The pod network of one node (a CNI configuration list): a bridge, masquerading towards everything but pods. */
export function cniConfig({ folder, podCidr }: ContainerdOptions): string {
  return JSON.stringify(
    {
      cniVersion: '0.4.0',
      name: 'pods',
      plugins: [
        {
          type: 'bridge',
          bridge: 'cni0',
          isGateway: true,
          ipMasq: true,
          hairpinMode: true,
          ipam: {
            type: 'host-local',
            dataDir: `${folder}/cni-addresses`,
            ranges: [[{ subnet: podCidr }]],
            routes: [{ dst: '0.0.0.0/0' }],
          },
        },
        { type: 'portmap', capabilities: { portMappings: true } },
      ],
    },
    undefined,
    2,
  );
}
