import type { HostList, MemberReport } from '#core/admin/schema.ts';

export interface Peer {
  readonly geoTag: string;
  readonly state: Exclude<MemberReport['state'], 'own'>;
}

/** The other clusters that a sidecar knows: every host lists them all, so one request tells hosts and peers. */
export function peersOf({ items }: HostList): readonly Peer[] {
  const states = new Map<string, Peer['state']>();
  for (const { members } of items)
    for (const { geoTag, state } of members) if (state !== 'own') states.set(geoTag, state);
  return [...states].sort().map(([geoTag, state]) => ({ geoTag, state }));
}
