import { parseArgs } from 'node:util';
import { PlaygroundError } from './errors.ts';
import { instanceNameProblem } from './world/plan.ts';

export const usage = `Usage: scripts/playground COMMAND [--instance NAME]

  up [--scenario S] [--driver native]   build the world, or mend what is dead in it
  down                                  remove all of it
  status                                show clusters, nodes, pods and the delegation; exit 1 when something is down
  env                                   print the variables for a shell: eval "$(scripts/playground env)"

  --instance NAME   a world of its own beside others (default: default)
  --scenario S      what to install:
                      global-ingress (default)   one name over two clusters that share a namespace
                      service-offloading         a Service of London that New York reaches
                      replicated-deployments     one pod in each of two edge clusters, from a third
                      one-name                   one name over two clusters, each with pods of its own
                      legacy-api                 the same with k8gb's older API group
                      bare                       nothing, in the clusters of global-ingress
  --driver native   real Kubernetes in network namespaces of this Linux machine, as root

A second up mends what died since the first; nothing watches the world in between.
`;

export const scenarios = [
  'bare',
  'one-name',
  'legacy-api',
  'global-ingress',
  'service-offloading',
  'replicated-deployments',
] as const;
export type ScenarioName = (typeof scenarios)[number];

export type Invocation =
  | { readonly command: 'help' }
  | { readonly command: 'up'; readonly instance: string; readonly scenario: ScenarioName }
  | { readonly command: 'down' | 'status' | 'env'; readonly instance: string };

/** Reads the command line; throws USAGE with what is wrong with it. */
export function parseArguments(args: readonly string[]): Invocation {
  const { values, positionals } = parse(args);
  if (values.help === true) return { command: 'help' };
  const [command, ...more] = positionals;
  if (command === undefined) throw refused('no command given');
  if (more.length > 0) throw refused(`too many words: ${more.join(' ')}`);
  const instance = values.instance ?? 'default';
  const problem = instanceNameProblem(instance);
  if (problem !== undefined) throw refused(problem);
  switch (command) {
    case 'up':
      checkDriver(values.driver ?? 'native');
      return { command, instance, scenario: scenarioNamed(values.scenario ?? 'global-ingress') };
    case 'down':
    case 'status':
    case 'env':
      if (values.scenario !== undefined) throw refused(`--scenario is a flag of up, not of ${command}`);
      if (values.driver !== undefined) throw refused(`--driver is a flag of up, not of ${command}`);
      return { command, instance };
    default:
      throw refused(`unknown command "${command}"`);
  }
}

interface Values {
  readonly help?: boolean;
  readonly instance?: string;
  readonly scenario?: string;
  readonly driver?: string;
}

function parse(args: readonly string[]): { values: Values; positionals: string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        instance: { type: 'string' },
        scenario: { type: 'string' },
        driver: { type: 'string' },
      },
    });
  } catch (cause) {
    throw refused((cause as Error).message.split('. ')[0] ?? 'bad arguments');
  }
}

function checkDriver(driver: string): void {
  if (driver === 'k3d') {
    throw refused('the k3d driver is not there yet: this machine needs root and the native driver');
  }
  if (driver !== 'native') throw refused(`unknown driver "${driver}": there is native`);
}

function scenarioNamed(name: string): ScenarioName {
  const scenario = scenarios.find((known) => known === name);
  if (scenario === undefined) throw refused(`unknown scenario "${name}": there are ${scenarios.join(', ')}`);
  return scenario;
}

function refused(message: string): PlaygroundError {
  return new PlaygroundError('USAGE', message);
}
