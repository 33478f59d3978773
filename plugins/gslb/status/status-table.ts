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
    ['HEALTH', healthCell],
    ['TARGETS', targetsCell],
    ['TTL', ({ ttlSeconds }) => String(ttlSeconds)],
    ['AGE', ({ createdAtMs }) => age(options.nowMs - createdAtMs)],
    ['ACTIVE', ({ active }) => active?.geoTag ?? '', options.wide],
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

/** `failover (eu)`; `failover (eu, now us)` while it is with another. */
function strategyCell({ strategy: { type, primaryGeoTag }, active }: HostStatus): Cell {
  if (!primaryGeoTag) return type;
  if (active === undefined || active.geoTag === primaryGeoTag) return `${type} (${primaryGeoTag})`;
  return { text: `${type} (${primaryGeoTag}, now ${active.geoTag})`, tone: 'warning' };
}

/** `Healthy`; `Healthy (ProbeSuspect)` where it answers in spite of something. */
function healthCell({ health, remarks = [] }: HostStatus): Cell {
  const cell = stateCell(health);
  if (remarks.length === 0) return cell;
  const reasons = [...new Set(remarks.map(({ reason }) => reason))].join(', ');
  return { text: `${cell.text} (${reasons})`, tone: health.state === 'Healthy' ? 'warning' : cell.tone };
}

function stateCell(health: Health): Exclude<Cell, string> {
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

function targetsCell(status: HostStatus): Cell {
  return status.targets.map((target) => targetText(target, status)).join(', ');
}

/**
 * `us 2`; a peer that does not answer says so: `us silent`, `us 2 (refusing)`. What is drained, held, or has addresses
 * kept back says that: `us 2 (drained)`, `eu 1 (1 kept back)`.
 */
function targetText(
  { geoTag, state, addresses, leftOut }: Target,
  { withheld = [], heldUntil }: HostStatus,
): string {
  if (state === 'silent' || state === 'unknown') return `${geoTag} ${state}`;
  const own = state === 'own';
  const remarks = [
    ...(state === 'refusing' ? ['refusing'] : []),
    ...(leftOut?.filter === 'drained' ? ['drained'] : []),
    ...(own && heldUntil !== undefined ? ['held'] : []),
    ...(own && withheld.length > 0 ? [`${withheld.length} kept back`] : []),
  ];
  return `${geoTag} ${addresses.length}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
}

function addressesCell({ targets }: HostStatus): Cell {
  return targets
    .filter(({ addresses }) => addresses.length > 0)
    .map(({ geoTag, addresses }) => `${geoTag}=${addresses.join(',')}`)
    .join(' ');
}
