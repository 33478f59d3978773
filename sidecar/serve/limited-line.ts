import { addressToText } from '#core/wire/address.ts';
import type { DnsCounters } from './counters.ts';

type Limited = DnsCounters['rateLimited'];

/** What to log about a window in which the counters went from one to the other; undefined when no client was limited. */
export function limitedLine(
  before: Limited,
  after: Limited,
  windowSeconds: number,
): { readonly fields: Readonly<Record<string, unknown>>; readonly message: string } | undefined {
  const truncated = after.slipped - before.slipped;
  const dropped = after.dropped - before.dropped;
  const onlyLogged = after.logOnly - before.logOnly;
  if (truncated + dropped + onlyLogged === 0) return undefined;
  const prefixes = [
    ...(after.lastV4 === 0 ? [] : [`${prefixText(after.lastV4, 3, 4)}/24`]),
    ...(after.lastV6 === 0 ? [] : [`${prefixText(after.lastV6, 6, 16)}/48`]),
  ];
  return {
    fields: { seconds: windowSeconds, truncated, dropped, onlyLogged, lastClients: prefixes },
    message:
      onlyLogged > 0
        ? 'Clients ask more often than the rate limit allows (--rrl-log-only: they were answered)'
        : 'Clients ask more often than the rate limit allows: a flood with forged sources, or a resolver for --rrl-exempt-clients',
  };
}

/** The address that starts with the lowest `octets` octets of `bits`. */
function prefixText(bits: number, octets: number, length: number): string {
  const bytes = new Uint8Array(length);
  for (let k = 0; k < octets; k += 1) bytes[k] = Math.floor(bits / 2 ** (8 * (octets - 1 - k)));
  return addressToText(bytes);
}
