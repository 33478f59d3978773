import { durationSeconds } from '#core/api/gslb/fields.ts';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import { addressToText } from '#core/wire/address.ts';
import { parsePrefix } from '#core/wire/prefix.ts';
import type { HostPolicy, Net, ProbeSpec } from '#sidecar/model/policy.ts';
import type { Failback, WhenAllDown } from '#sidecar/model/strategy.ts';
import { canonicalAddress } from './addresses.ts';
import { endMs, type Overrides } from './override.ts';
import type { Remark } from './wish.ts';

type Spec = NonNullable<GslbPolicy['spec']>;

/** A policy as far as it can be used, and what cannot. */
export interface ReadPolicy {
  readonly policy: HostPolicy;
  /** An HTTP probe that names no Host: each host is its own. */
  readonly probesByHost: boolean;
  readonly remarks: readonly Remark[];
}

/** Reads a GslbPolicy. Whatever is wrong in it is left out with a remark that says so; nothing throws. */
export function readPolicy(object: GslbPolicy, overrides: Overrides, nowMs: number): ReadPolicy {
  const { namespace = 'default', name } = object.metadata;
  const spec: Partial<Spec> = object.spec ?? {};
  const remarks: Remark[] = [];
  const remark = (reason: string, message: string): void => void remarks.push({ reason, message });
  const addresses = addressList(spec.addresses, 'spec.addresses', remark);
  const probe = probeOf(spec.probe);
  const policy: HostPolicy = {
    reference: { namespace, name },
    order: spec.failover?.order ?? [],
    failback: failbackOf(spec.failover?.failback, remark),
    nets: netsOf(spec.nets, 'spec.nets', ({ prefix }) => prefix, remark),
    fence: netsOf(spec.fence, 'spec.fence', ({ prefix, geoTag }) => `${prefix} ${geoTag}`, remark),
    ...(spec.affinity === undefined
      ? {}
      : { affinity: { ipv4Bits: spec.affinity.ipv4Bits ?? 24, ipv6Bits: spec.affinity.ipv6Bits ?? 56 } }),
    ...(spec.limit === undefined ? {} : { limit: spec.limit }),
    whenAllDown: whenAllDownOf(spec.whenAllDown, remark),
    // None that can be used is none at all: nodes and status count then.
    ...(addresses.length === 0 ? {} : { addresses }),
    ...(probe === undefined ? {} : { probe }),
    overrides: overridesOf(object, overrides, nowMs, remark),
    minClustersOn: spec.safety?.minClustersOn ?? 0,
    waitSeconds: seconds(spec.safety?.wait, 'spec.safety.wait', remark) ?? 0,
  };
  return { policy, probesByHost: probe !== undefined && 'host' in probe && probe.host === '', remarks };
}

/** How an override of a GslbPolicy is called. */
export const policyOrigin = (namespace: string, name: string): string => `GslbPolicy ${namespace}/${name}`;

/** The policy for one host of those that it is attached to: only the Host of its probe depends on that. */
export function policyForHost({ policy, probesByHost }: ReadPolicy, host: string): HostPolicy {
  const { probe } = policy;
  if (!probesByHost || probe === undefined || !('host' in probe)) return policy;
  // Nobody has the name of a wildcard.
  if (host.startsWith('*')) return { ...policy, probe: { type: 'tcp', port: probe.port } };
  return { ...policy, probe: { ...probe, host } };
}

type Say = (reason: string, message: string) => void;

function failbackOf(written: NonNullable<Spec['failover']>['failback'], say: Say): Failback {
  if (written?.mode === 'Manual') return { mode: 'manual' };
  if (written?.mode !== 'After') return { mode: 'auto' };
  const after = seconds(written.after, 'spec.failover.failback.after', say);
  // What was asked for is care: with a duration that is lost, a person decides.
  return after === undefined ? { mode: 'manual' } : { mode: 'after', seconds: after };
}

function seconds(text: string | undefined, where: string, say: Say): number | undefined {
  if (text === undefined) return undefined;
  const read = durationSeconds(text);
  if (read === undefined)
    say('DurationInvalid', `${where} "${text}" is no duration; write for example 30s, 10m or 1h30m`);
  return read;
}

/** Prefixes are made canonical, which is said: whoever wrote host bits may have meant something else. */
function netsOf(
  written: readonly Net[] | undefined,
  where: string,
  identity: (net: Net) => string,
  say: Say,
): readonly Net[] {
  const nets = new Map<string, Net>();
  for (const { prefix: text, geoTag } of written ?? []) {
    const prefix = canonicalPrefix(text);
    if (prefix === undefined) {
      say(
        'PrefixInvalid',
        `${where}: "${text}" is no network and is left out; write for example 192.0.2.0/24`,
      );
      continue;
    }
    if (prefix !== text.toLowerCase())
      say('PrefixNotCanonical', `${where}: "${text}" is read as ${prefix}; write it so`);
    const net = { prefix, geoTag: geoTag.toLowerCase() };
    const key = identity(net);
    if (nets.has(key))
      say('PrefixTwice', `${where}: ${prefix} stands there twice, the first counts; remove one`);
    else nets.set(key, net);
  }
  return [...nets.values()];
}

/** The one text of a network; undefined when it is none. */
function canonicalPrefix(text: string): string | undefined {
  const prefix = text.includes('/') ? parsePrefix(text) : undefined;
  if (prefix === undefined) return undefined;
  const { bytes, bits } = prefix;
  const network = bytes.map((octet, index) => octet & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * index))));
  return `${addressToText(network)}/${bits}`;
}

function whenAllDownOf(written: Spec['whenAllDown'], say: Say): WhenAllDown {
  switch (written?.mode) {
    case 'LastGood':
      return { mode: 'lastGood' };
    case 'All':
      return { mode: 'all' };
    case 'Fallback': {
      const addresses = addressList(written.addresses, 'spec.whenAllDown.addresses', say);
      return addresses.length === 0 ? { mode: 'noData' } : { mode: 'fallback', addresses };
    }
    default:
      return { mode: 'noData' };
  }
}

function addressList(written: readonly string[] | undefined, where: string, say: Say): readonly string[] {
  const addresses = new Set<string>();
  for (const text of written ?? []) {
    const address = canonicalAddress(text);
    if (address === undefined)
      say('AddressInvalid', `${where}: "${text}" is no address of a host and is left out; correct it`);
    else addresses.add(address);
  }
  return [...addresses].sort();
}

/** An HTTP probe without host has '' there. */
function probeOf(written: Spec['probe']): ProbeSpec | undefined {
  const { type, port, path = '/', host = '' } = written ?? {};
  switch (type) {
    case 'None':
      return { type: 'none' };
    case 'TCP':
      return port === undefined ? undefined : { type: 'tcp', port };
    case 'HTTP':
      return { type: 'http', port: port ?? 80, path, host };
    case 'HTTPS':
      return { type: 'https', port: port ?? 443, path, host };
    default:
      return undefined;
  }
}

function overridesOf(
  { metadata: { namespace = 'default', name }, spec, status }: GslbPolicy,
  overrides: Overrides,
  nowMs: number,
  say: Say,
): HostPolicy['overrides'] {
  const origin = policyOrigin(namespace, name);
  const found: HostPolicy['overrides'] = new Map(
    (spec?.overrides ?? []).flatMap((written) => {
      const geoTag = written.geoTag.toLowerCase();
      if (Number.isNaN(endMs(written.until)))
        say(
          'UntilInvalid',
          `spec.overrides: until of ${geoTag} is no time, so it is not in force; write RFC 3339`,
        );
      const shown = status?.overrides?.find((each) => each.geoTag === geoTag);
      const override = overrides.read(written, shown, { origin, about: geoTag, nowMs });
      return override === undefined ? [] : [[geoTag, override] as const];
    }),
  );
  return found;
}
