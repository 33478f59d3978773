import type { ProbeSpec as Probed } from '#core/probe/target.ts';
import type { Override } from './override.ts';
import type { Failback, WhenAllDown } from './strategy.ts';

/** How a host's addresses are tried, if they are. */
export type ProbeSpec = { readonly type: 'none' } | Probed;

/** Clients of some networks belong to one cluster. */
export interface Net {
  /** Network prefix, for example `192.0.2.0/24` or `2001:db8::/32`; canonical, host bits 0. */
  readonly prefix: string;
  readonly geoTag: string;
}

/** What a GslbPolicy says about the hosts that it is attached to. Geotags are lower-case. */
export interface HostPolicy {
  readonly reference: { readonly namespace: string; readonly name: string };
  /** Failover: who ranks behind the primary, first to last; others follow by geotag. */
  readonly order: readonly string[];
  readonly failback: Failback;
  /** geoip: clusters by client network, before any database; the longest prefix counts. */
  readonly nets: readonly Net[];
  /** Clusters that take clients of these networks only. */
  readonly fence: readonly Net[];
  /** The same client network gets the same cluster: bits of a network. Absent: no affinity. */
  readonly affinity?: { readonly ipv4Bits: number; readonly ipv6Bits: number };
  /** Most addresses of a family in one answer. Absent: all. */
  readonly limit?: number;
  readonly whenAllDown: WhenAllDown;
  /** Addresses to publish instead of those that status or nodes show. Absent: none. */
  readonly addresses?: readonly string[];
  /** Absent: the sidecar's own. */
  readonly probe?: ProbeSpec;
  /** By geotag. */
  readonly overrides: ReadonlyMap<string, Override>;
  /** Safety rule: clusters that overrides must leave; 0: any number. */
  readonly minClustersOn: number;
  /** Safety rule: an override begins no sooner after the one before it began, seconds. */
  readonly waitSeconds: number;
}
