import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { timeoutFlag } from '#plugins/cli/shared-flags.ts';

const flags = {
  'cluster-id': {
    type: 'string',
    placeholder: 'ID',
    describe: "name of this cluster among its peers (default: the cluster's name in the kubeconfig)",
  },
  'cluster-labels': {
    type: 'string',
    placeholder: 'K=V,...',
    describe: 'labels that the virtual node of this cluster has in other clusters',
  },
  'api-server-url': {
    type: 'string',
    placeholder: 'URL',
    describe: 'the API server as other clusters reach it',
  },
  image: { type: 'string', placeholder: 'REF', describe: 'image of agent and gateway' },
  'gateway-addresses': {
    type: 'string',
    placeholder: 'HOST:PORT,...',
    describe: "where other clusters reach the gateway (default: the nodes' InternalIPs and the NodePort)",
  },
  wait: { type: 'boolean', describe: 'wait until agent and gateway are available' },
  timeout: timeoutFlag('2m'),
  'dry-run': {
    type: 'string',
    placeholder: 'WHERE',
    choices: ['none', 'client'],
    default: 'none',
    describe: 'client: print the objects, change nothing',
  },
} as const satisfies FlagSpecs;

export type InstallInput = CommandInput<typeof flags>;

export const installCommand = defineCommand({
  description: `Installs offload-agent and offload-gateway with their CRDs, roles, guards and the scheduling policy into
namespace offload-system. Running it again changes what differs and keeps what was not given. Refuses where Liqo's own
controllers or CRDs are, and on Kubernetes before 1.36.`,
  examples: [
    { does: 'with an id of its own', line: 'kubectl offload install --cluster-id=gslb-eu --wait' },
    {
      does: 'as other clusters reach it',
      line: 'kubectl offload install --api-server-url=https://eu.example.com:6443',
    },
    { does: 'look before', line: 'kubectl offload install --dry-run=client' },
  ],
  flags,
  run: async (input) => (await import('./install.ts')).install(input),
});
