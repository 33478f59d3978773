import { type Reflected, remoteAddressesAnnotation } from './reflected.ts';

/**
 * The annotation's value once a provider's addresses are `addresses` (none: it is left out); undefined where nothing
 * changes, null where the annotation goes. One that cannot be read is begun anew.
 */
export function withRemoteAddresses(
  local: Reflected,
  provider: string,
  addresses: readonly string[],
): string | null | undefined {
  const held = local.metadata.annotations?.[remoteAddressesAnnotation];
  const { [provider]: _, ...others } = read(held);
  const all = addresses.length === 0 ? others : { ...others, [provider]: [...addresses].sort() };
  const keys = Object.keys(all).sort();
  const text =
    keys.length === 0 ? null : JSON.stringify(Object.fromEntries(keys.map((key) => [key, all[key]])));
  return text === (held ?? null) ? undefined : text;
}

/** Addresses in the status of an Ingress or Service. */
export function statusAddresses(object: Reflected | undefined): readonly string[] {
  return (object?.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }) => ip ?? hostname ?? []);
}

function read(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
  } catch {
    // Edited by hand.
    return {};
  }
}
