import { type Effect, effects } from './effects.ts';
import type { Before } from './gather.ts';

/** What is asked for. */
export interface Wanted {
  readonly cluster: string;
  /** RFC 3339; undefined: until it is taken away. */
  readonly until: string | undefined;
  readonly reason: string | undefined;
  readonly breakGlass: boolean;
}

const shownHosts = 10;

/** What a drain will do, a line each, before anybody is asked. */
export function drainPlan(wanted: Wanted, asked: readonly Before[], nowMs: number): readonly string[] {
  const { cluster, until, breakGlass } = wanted;
  const contexts = asked.map(({ context }) => context.name).join(', ');
  const end = until === undefined ? 'until kubectl gslb undrain' : `until ${until}`;
  return [
    `cluster ${cluster} gets no clients while another cluster can answer, ${end}; written in: ${contexts}`,
    ...asked.flatMap((before) => hostLines(before, cluster, breakGlass, nowMs)),
    ...missed(asked),
  ];
}

/** What the end of a drain will do. */
export function undrainPlan(cluster: string, asked: readonly Before[]): readonly string[] {
  return [
    ...asked.map(({ context, object: { spec, status } }) => {
      const { reason } = spec?.override ?? {};
      if (spec?.override === undefined) return `${context.name}: cluster ${cluster} is not drained there`;
      const since = status?.override?.since;
      return `${context.name}: cluster ${cluster} takes clients again${since === undefined ? '' : `; drained since ${since}`}${reason === undefined ? '' : `: ${reason}`}`;
    }),
    ...missed(asked),
  ];
}

function hostLines(before: Before, cluster: string, breakGlass: boolean, nowMs: number): readonly string[] {
  const { context, hosts, policies } = before;
  if ('why' in hosts) return [`  ${context.name}: which hosts it concerns is not known: ${hosts.why}`];
  const all = effects(cluster, hosts.items, policies, { breakGlass, nowMs });
  const moved = all.filter(({ kind }) => kind !== 'unmoved');
  const more = moved.length - shownHosts;
  return [
    ...(moved.length === 0 ? [`  ${context.name}: no host is answered by it now`] : []),
    // Rules first: they are what somebody may not know.
    ...moved
      .toSorted((a, b) => a.kind.localeCompare(b.kind))
      .slice(0, shownHosts)
      .map((effect) => `  ${context.name}: ${sentence(effect, cluster)}`),
    ...(more > 0 ? [`  ${context.name}: and ${more} more hosts`] : []),
  ];
}

const sentence = ({ host, kind, why }: Effect, cluster: string): string =>
  `${host} ${kind} ${cluster}: ${why}`;

/** Each cluster goes by its own objects: one that is not reached sends clients on. */
function missed(asked: readonly Before[]): readonly string[] {
  const reached = new Set(asked.flatMap(({ hosts }) => ('why' in hosts ? [] : [hosts.geoTag])));
  const unknown = asked.filter(({ hosts }) => 'why' in hosts).length;
  const all = [...new Set(asked.flatMap(({ members }) => members))].sort();
  const left = all.filter((member) => !reached.has(member));
  // A context whose sidecar was not reached is one of those left.
  if (left.length <= unknown) return [];
  return [
    `not among the contexts: cluster ${left.join(', ')}, which decides by its own objects; name more with --context or --all-contexts`,
  ];
}
