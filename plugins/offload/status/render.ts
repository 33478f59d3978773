import { age } from '#plugins/cli/age.ts';
import type { Paint } from '#plugins/cli/paint.ts';
import { type Cell, tableText } from '#plugins/cli/table.ts';
import type { Deployment } from '#plugins/offload/cluster/kinds.ts';
import type { OffloadFacts, PeeringStatus, Problem } from './facts.ts';

/** The report for a person: this cluster, then the table of its peerings. */
export function statusText(
  facts: OffloadFacts,
  peerings: readonly PeeringStatus[],
  options: {
    readonly paint: Paint;
    readonly headers: boolean;
    readonly wide: boolean;
    readonly nowMs: number;
  },
): string {
  const { config, agent, gateway } = facts;
  const lines = [
    ['Cluster', config.clusterID],
    ['Labels', config.clusterLabels || '<none>'],
    ['Version', versionOf(agent)],
    ['Agent', podsOf(agent)],
    ['Gateway', podsOf(gateway)],
  ].map(([name, text]) => `${`${name}:`.padEnd(10)}${text}\n`);
  if (peerings.length === 0) return `${lines.join('')}Peerings: <none>\n`;
  const rows = peerings.map((peering): readonly Cell[] => [
    peering.name,
    peering.role,
    word(peering.outgoing),
    word(peering.incoming),
    word(peering.networking),
    word(peering.authentication),
    word(peering.node),
    String(peering.namespaces.length),
    peering.createdAtMs === undefined ? '<unknown>' : age(options.nowMs - peering.createdAtMs),
    ...(options.wide ? [peering.namespaces.join(',')] : []),
  ]);
  const headers = [
    'NAME',
    'ROLE',
    'OUTGOING',
    'INCOMING',
    'NETWORKING',
    'AUTHENTICATION',
    'NODE',
    'NAMESPACES',
    'AGE',
    ...(options.wide ? ['OFFLOADED'] : []),
  ];
  return `${lines.join('')}\n${tableText({ headers, rows }, options.paint, { headers: options.headers })}`;
}

function word(text: string): Cell {
  if (text === 'Established' || text === 'Ready') return { text, tone: 'good' };
  if (text === 'Error' || text === 'NotReady') return { text, tone: 'bad' };
  if (text === 'Pending' || text === 'Departed') return { text, tone: 'warning' };
  return text;
}

/** Tag, or digest, of its image. */
export function versionOf(deployment: Deployment | undefined): string {
  const image = deployment?.spec?.template?.spec?.containers?.[0]?.image ?? '';
  return /[:@]([^:@/]+)$/.exec(image)?.[1] ?? '<unknown>';
}

function podsOf(deployment: Deployment | undefined): string {
  if (deployment === undefined) return '<none>';
  return `${deployment.status?.availableReplicas ?? 0}/${deployment.spec?.replicas ?? 1} pods available`;
}

/** Lines for stderr. */
export function problemLines(problems: readonly Problem[]): string {
  return problems
    .map(
      ({ subject, reason, message, hint }) => `unhealthy: ${subject}: ${reason}: ${message}\nhint: ${hint}\n`,
    )
    .join('');
}

/** What `-o json` and `-o yaml` print. Stable within its version. */
export function structuredStatus(
  facts: OffloadFacts,
  peerings: readonly PeeringStatus[],
  problems: readonly Problem[],
): unknown {
  const { context, config, agent, gateway } = facts;
  return {
    apiVersion: 'cli.interspan.dev/v1alpha1',
    kind: 'OffloadStatus',
    healthy: problems.length === 0,
    cluster: {
      context,
      ...config,
      version: versionOf(agent),
      agent: { available: agent?.status?.availableReplicas ?? 0, wanted: agent?.spec?.replicas ?? 0 },
      gateway: { available: gateway?.status?.availableReplicas ?? 0, wanted: gateway?.spec?.replicas ?? 0 },
    },
    peerings: peerings.map(({ createdAtMs, ...peering }) => ({
      ...peering,
      ...(createdAtMs === undefined ? {} : { creationTimestamp: new Date(createdAtMs).toISOString() }),
    })),
    problems,
  };
}
