import type { HostView } from '#sidecar/model/cluster-view.ts';
import type { Told } from './tellings.ts';

/** Addresses of a host's answer that came and went. */
export interface MovedAddresses {
  readonly came: readonly string[];
  readonly went: readonly string[];
}

/**
 * Why single addresses came or went while their clusters answered all the time: of this cluster's own, whether they
 * were kept back; of another cluster's, that it gives them no longer, as only its own objects know more. Nothing of
 * clusters that are lost or back as a whole: who is left out is said beside it.
 */
export function* causes(view: HostView, told: Told, { came, went }: MovedAddresses): Iterable<string> {
  const { before, after, decision } = told;
  const { host } = view;
  if ((before?.healthyRecords[host] ?? []).length === 0) return;
  const own = after.geoTag;
  const answering = decision(host)?.answeringGeoTags ?? [];
  const leftOut = after.leftOut?.[host] ?? {};
  const wasLeftOut = before?.leftOut?.[host] ?? {};
  const stayed = answering.filter((geoTag) => !Object.hasOwn(wasLeftOut, geoTag));
  const lost = Object.keys(leftOut).some((geoTag) => !Object.hasOwn(wasLeftOut, geoTag));
  const back = answering.some((geoTag) => Object.hasOwn(wasLeftOut, geoTag));
  const hadBefore = new Set(before?.loadBalancer?.exposedIps);
  const ours = new Set([...hadBefore, ...view.addresses]);
  if (stayed.includes(own)) {
    const withheld = before?.withheld?.[host] ?? {};
    const again = came.filter((address) => Object.hasOwn(withheld, address) && ours.has(address));
    const added = came.filter((address) => !Object.hasOwn(withheld, address) && ours.has(address));
    const removed = went.filter((address) => hadBefore.has(address) && !withheldNow(address, view));
    if (again.length > 0) yield `${list(again)} of ${own} is kept back no longer`;
    if (added.length > 0) yield `${own} has ${list(added)} now`;
    if (removed.length > 0) yield `${own} has ${list(removed)} no longer`;
  }
  const others = stayed.filter((geoTag) => geoTag !== own).join(' or ');
  if (others === '') return;
  const given = came.filter((address) => !ours.has(address));
  const withdrawn = went.filter((address) => !ours.has(address));
  if (given.length > 0 && !back) yield `${others} gives ${list(given)} now`;
  if (withdrawn.length > 0 && !lost)
    yield `${others} gives ${list(withdrawn)} no longer: its own Gslb says why`;
}

const withheldNow = (address: string, { withheld = [] }: HostView): boolean =>
  withheld.some((kept) => kept.address === address);

const list = (addresses: readonly string[]): string => addresses.toSorted().join(', ');
