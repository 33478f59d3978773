import { type CommandInput, defineCommand } from '#plugins/cli/command.ts';
import type { FlagSpecs } from '#plugins/cli/flags.ts';
import { outputFlag, timeoutFlag } from '#plugins/cli/shared-flags.ts';
import { namespaceNames } from '#plugins/offload/cluster/complete-names.ts';

const flags = {
  'namespace-mapping-strategy': {
    type: 'string',
    placeholder: 'STRATEGY',
    choices: ['DefaultName', 'EnforceSameName', 'SelectedName'],
    describe: 'name of the twin; DefaultName (the default) is <namespace>-<id of this cluster>',
  },
  'pod-offloading-strategy': {
    type: 'string',
    placeholder: 'STRATEGY',
    choices: ['LocalAndRemote', 'Local', 'Remote'],
    describe: 'where pods may run; the default is LocalAndRemote',
  },
  'remote-namespace-name': {
    type: 'string',
    placeholder: 'NAME',
    describe: 'name of the twin; makes the mapping strategy SelectedName',
  },
  selector: {
    type: 'list',
    alias: 'l',
    placeholder: 'SELECTOR',
    describe: 'labels of the virtual nodes that take part; repeat it for those of another selector too',
  },
  'ns-selector': {
    type: 'string',
    placeholder: 'SELECTOR',
    describe: 'namespaces with these labels, instead of names',
  },
  output: outputFlag(['json', 'yaml'], 'print the objects and change nothing'),
  timeout: timeoutFlag('20s'),
} as const satisfies FlagSpecs;

export type NamespaceInput = CommandInput<typeof flags>;

export const namespaceCommand = defineCommand({
  positionals: 'NAME...',
  description: `Spreads namespaces over peered clusters: each gets a twin there, and pods of it may run there. Says
first what in the namespace will not span clusters. Running it again changes only what is given.

Exit codes: 0 done, 1 a cluster refused, 2 wrong command line, 4 timed out.`,
  examples: [
    { does: 'to every provider', line: 'kubectl offload namespace podinfo' },
    {
      does: 'under the same name, where the provider granted it',
      line: 'kubectl offload namespace podinfo --namespace-mapping-strategy=EnforceSameName',
    },
    {
      does: 'only to some providers',
      line: 'kubectl offload namespace podinfo --selector=topology.liqo.io/type=destination --pod-offloading-strategy=Remote',
    },
    { does: 'the object, for git', line: 'kubectl offload namespace podinfo -o yaml' },
  ],
  flags,
  complete: namespaceNames,
  run: async (input) => (await import('./offload-namespaces.ts')).offloadNamespaces(input),
});
