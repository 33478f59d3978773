import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';
import { causes, type MovedAddresses } from './tell-causes.ts';
import type { Telling, Told } from './tellings.ts';

/**
 * Events about what one host answers, each with its cause: a failover, drains, addresses kept back; `TargetsChanged`
 * where none of these explains the change.
 */
export function answerTellings(view: HostView, told: Told): readonly Telling[] {
  const change = changeOf(view.host, told);
  const moved = [...failover(view, told, change), ...drains(view, told, change)];
  const withheld = newlyWithheld(view, told);
  const moves = change === undefined ? [] : [...change.went, ...change.came];
  const isUnexplained = moves.some((address) => !Object.hasOwn(withheld, address));
  return [
    ...moved,
    ...Object.entries(withheld).map(([address, why]): Telling => {
      const message = `${address}: ${why}; ${change?.text ?? view.host}`;
      return { type: 'Warning', reason: 'TargetWithheld', message };
    }),
    ...(moved.length === 0 && isUnexplained ? targetsChanged(view, told, change) : []),
  ];
}

interface Change extends MovedAddresses {
  /** `app.example.com answers 192.0.2.1 (eu); before: nothing`. */
  readonly text: string;
}

function changeOf(host: string, { before, after, decision }: Told): Change | undefined {
  const last = before?.healthyRecords[host] ?? [];
  const now = after.healthyRecords[host] ?? [];
  const came = now.filter((address) => !last.includes(address));
  const went = last.filter((address) => !now.includes(address));
  if (came.length + went.length === 0) return undefined;
  return {
    came,
    went,
    text: `${host} answers ${list(now)}${by(decision(host))}; before: ${list(last)}`,
  };
}

function* failover(
  { host, strategy, policy }: HostView,
  { before, after }: Told,
  change: Change | undefined,
): Iterable<Telling> {
  const last = before?.active?.[host];
  const now = after.active?.[host];
  if (last === undefined || now === undefined || last.geoTag === now.geoTag) return;
  const ranks = [strategy.type === 'failover' ? strategy.primaryGeoTag : '', ...(policy?.order ?? [])];
  const rank = (geoTag: string) => (ranks.includes(geoTag) ? ranks.indexOf(geoTag) : ranks.length);
  const back =
    rank(now.geoTag) < rank(last.geoTag) ||
    (rank(now.geoTag) === rank(last.geoTag) && now.geoTag < last.geoTag);
  yield {
    type: back ? 'Normal' : 'Warning',
    reason: back ? 'FailedBack' : 'FailedOver',
    message: `${last.geoTag}→${now.geoTag}: ${now.reason}; ${change?.text ?? host}`,
  };
}

function* drains({ host }: HostView, { before, after }: Told, change: Change | undefined): Iterable<Telling> {
  const was = before?.leftOut?.[host] ?? {};
  const is = after.leftOut?.[host] ?? {};
  for (const [geoTag, { filter, why }] of Object.entries(is))
    if (filter === 'drained' && was[geoTag]?.filter !== 'drained')
      yield { type: 'Normal', reason: 'Drained', message: `${geoTag}: ${why}; ${change?.text ?? host}` };
  for (const [geoTag, { filter }] of Object.entries(was)) {
    if (filter !== 'drained' || is[geoTag]?.filter === 'drained') continue;
    const why = is[geoTag]?.why;
    const state = why === undefined ? 'takes clients again' : `is no longer drained, but left out: ${why}`;
    yield { type: 'Normal', reason: 'DrainEnded', message: `${geoTag} ${state}; ${change?.text ?? host}` };
  }
}

/** Addresses with the reason, of those that were not kept back before. */
function newlyWithheld({ host }: HostView, { before, after }: Told): Readonly<Record<string, string>> {
  const was = before?.withheld?.[host] ?? {};
  const is = Object.entries(after.withheld?.[host] ?? {});
  return Object.fromEntries(is.filter(([address]) => !Object.hasOwn(was, address)));
}

function* targetsChanged(view: HostView, told: Told, change: Change | undefined): Iterable<Telling> {
  if (change === undefined) return;
  const { host } = view;
  const { after } = told;
  const out = Object.entries(after.leftOut?.[host] ?? {});
  const leftOut = out.map(([geoTag, { why }]) => `${geoTag} (${why})`).join(', ');
  yield {
    type: (after.healthyRecords[host] ?? []).length === 0 ? 'Warning' : 'Normal',
    reason: 'TargetsChanged',
    message: [
      change.text,
      ...causes(view, told, change),
      ...(leftOut === '' ? [] : [`left out: ${leftOut}`]),
    ].join('; '),
  };
}

const list = (addresses: readonly string[]): string => addresses.toSorted().join(', ') || 'nothing';

function by(decision: HostDecision | undefined): string {
  const clusters = decision?.answeringGeoTags ?? [];
  return clusters.length === 0 ? '' : ` (${clusters.join(', ')})`;
}
