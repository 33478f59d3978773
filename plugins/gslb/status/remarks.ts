import type { Context } from '#plugins/cli/contexts.ts';
import type { ClusterFacts } from './facts.ts';
import type { Problem } from './model.ts';

const install = 'kubectl apply -k manifests/gslb of the Interspan repository installs it';
const shownProblems = 10;

/** Warnings about clusters that were asked: what is shown is less than it could be, and why. Whole lines. */
export function warnings(asked: readonly ClusterFacts[]): string {
  return asked.flatMap(clusterWarnings).join('');
}

function clusterWarnings({ context, missingGroups, unread, sidecar }: ClusterFacts): readonly string[] {
  const lines: string[] = [];
  if (lacksGslbs({ missingGroups }))
    lines.push(`warning: context ${context} has no Gslbs: no CRD gslbs.k8gb.io (${install})\n`);
  else if (missingGroups.includes('k8gb.io'))
    lines.push(
      `warning: context ${context} has only Gslbs of k8gb.absa.oss: no CRD gslbs.k8gb.io (${install})\n`,
    );
  for (const message of unread) lines.push(`warning: context ${context}: ${message}\n`);
  if (sidecar.kind === 'unreached') {
    const hint = sidecar.hint === undefined ? '' : ` (${sidecar.hint})`;
    lines.push(`warning: targets of context ${context} are from the Gslbs' status: ${sidecar.why}${hint}\n`);
  }
  return lines;
}

/** Neither CRD is installed. A cluster without the legacy one is as it should be. */
export function lacksGslbs({ missingGroups }: Pick<ClusterFacts, 'missingGroups'>): boolean {
  return missingGroups.length === 2;
}

/** What is unhealthy, a line each. Empty without problems. */
export function problemLines(problems: readonly Problem[]): string {
  const messages = [...new Set(problems.map(({ message }) => message))];
  const more = messages.length - shownProblems;
  return [
    ...messages.slice(0, shownProblems).map((message) => `unhealthy: ${message}\n`),
    ...(more > 0 ? [`unhealthy: and ${more} more\n`] : []),
  ].join('');
}

/** What to do where nothing was found. */
export function nothingFound(
  flags: {
    readonly 'all-namespaces': boolean;
    readonly namespace: string | undefined;
    readonly selector: string | undefined;
  },
  contexts: readonly Context[],
): string {
  const namespaces = [...new Set(contexts.map((context) => flags.namespace || context.namespace))];
  const where = flags['all-namespaces'] ? 'any namespace' : `namespace ${namespaces.join(', ')}`;
  const which = flags.selector === undefined ? 'No Gslb' : `No Gslb with labels ${flags.selector}`;
  const next = flags['all-namespaces'] ? 'annotate' : 'look in all with -A, or annotate';
  return `${which} in ${where} of ${contexts.map(({ name }) => name).join(', ')}: ${next} an Ingress with k8gb.io/strategy: roundRobin.\n`;
}
