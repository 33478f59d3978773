import { age } from '#plugins/cli/age.ts';
import type { Cell, Table } from '#plugins/cli/table.ts';
import type { Health, HostStatus, Target } from './model.ts';

export interface TableOptions {
  /** Several namespaces are looked at. */
  readonly namespaces: boolean;
  /** Several clusters are. */
  readonly clusters: boolean;
  readonly wide: boolean;
  readonly nowMs: number;
}

/** The hosts as rows, in the order given. */
export function statusTable(statuses: readonly HostStatus[], options: TableOptions): Table {
  const columns: readonly (readonly [string, (status: HostStatus) => Cell, boolean?])[] = [
    ['NAMESPACE', ({ namespace }) => namespace, options.namespaces],
    ['HOST', ({ host }) => host ?? ''],
    ['CLUSTER', ({ context }) => context, options.clusters],
    ['STRATEGY', strategyCell],
    ['HEALTH', ({ health }) => healthCell(health)],
    ['TARGETS', targetsCell],
    ['TTL', ({ ttlSeconds }) => String(ttlSeconds)],
    ['AGE', ({ createdAtMs }) => age(options.nowMs - createdAtMs)],
    ['GEOTAG', ({ geoTag }) => geoTag ?? '', options.wide],
    ['GSLB', ({ gslb }) => gslb.name, options.wide],
    ['ADDRESSES', addressesCell, options.wide],
  ];
  const shown = columns.filter(([, , isShown = true]) => isShown);
  return {
    headers: shown.map(([header]) => header),
    rows: statuses.map((status) => shown.map(([, cell]) => cell(status))),
  };
}

function strategyCell({ strategy }: HostStatus): Cell {
  return strategy.primaryGeoTag ? `${strategy.type} (${strategy.primaryGeoTag})` : strategy.type;
}

function healthCell(health: Health): Cell {
  switch (health.state) {
    case 'Healthy':
      return { text: 'Healthy', tone: 'good' };
    case 'Refused':
      return { text: `Refused (${health.reason})`, tone: 'bad' };
    case 'Pending':
      return { text: 'Pending', tone: 'warning' };
    default:
      return { text: health.state, tone: 'bad' };
  }
}

function targetsCell({ targets }: HostStatus): Cell {
  return targets.map(targetText).join(', ');
}

/** `us 2`; a peer that does not answer says so: `us silent`, `us 2 (refusing)`. */
function targetText({ geoTag, state, addresses }: Target): string {
  if (state === 'silent' || state === 'unknown') return `${geoTag} ${state}`;
  return `${geoTag} ${addresses.length}${state === 'refusing' ? ' (refusing)' : ''}`;
}

function addressesCell({ targets }: HostStatus): Cell {
  return targets
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ geoTag, addresses }) => `${geoTag}=${addresses.join(',')}`)
    .join(' ');
}
