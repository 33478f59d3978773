import type { FlagSpecs, FlagValues } from '#plugins/cli/flags.ts';

/** What an invitation grants; on `generate peer-command`, and on `peer --remote-kubeconfig`, which does that step too. */
export const grantFlags = {
  'allow-namespace': {
    type: 'list',
    placeholder: 'NAME|GLOB',
    describe: 'name that twin namespaces may have beside <namespace>-<consumer id>; repeat it for more',
  },
  cpu: { type: 'string', placeholder: 'AMOUNT', describe: 'CPU that all pods of the consumer may ask for' },
  memory: { type: 'string', placeholder: 'AMOUNT', describe: 'memory that they may ask for' },
  pods: { type: 'integer', placeholder: 'COUNT', describe: 'number of pods' },
  resource: {
    type: 'list',
    placeholder: 'NAME=AMOUNT',
    describe: 'another resource, for example ephemeral-storage=10Gi; repeat it for more',
  },
  'ingress-host': {
    type: 'list',
    placeholder: 'GLOB',
    describe: 'host that Ingresses of the consumer may have (default: every one); repeat it for more',
  },
  'api-server-url': {
    type: 'string',
    placeholder: 'URL',
    describe:
      "the provider's API server as the consumer reaches it (default: that of install, else the kubeconfig's)",
  },
  ttl: {
    type: 'string',
    placeholder: 'DURATION',
    default: '1h',
    describe: 'how long the invitation may be redeemed: 10m to 24h',
  },
} as const satisfies FlagSpecs;

export type GrantFlags = FlagValues<typeof grantFlags>;
