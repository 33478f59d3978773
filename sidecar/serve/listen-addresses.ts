import { networkInterfaces } from 'node:os';
import type { ServeProblem } from './errors.ts';
import type { ListenAddress } from './listeners.ts';

/** Addresses to listen on, or every global one of this machine's interfaces. Port 0 is any that is free. */
export type Listen = readonly ListenAddress[] | { readonly port: number; readonly everyGlobalAddress: true };

/** What to listen on now; or why that cannot be told, and nothing changes. */
export function listenAddresses(
  listen: Listen,
  interfaces = networkInterfaces,
): readonly ListenAddress[] | ServeProblem {
  if (!('everyGlobalAddress' in listen)) return listen;
  try {
    const addresses = globalAddresses(interfaces());
    return addresses.length === 0 ? noAddress : addresses.map((address) => ({ address, port: listen.port }));
  } catch (cause) {
    return {
      code: 'interfaces-unreadable',
      message: 'The addresses of this machine could not be read.',
      hint: 'Give the addresses to listen on with --listen.',
      cause,
    };
  }
}

const noAddress: ServeProblem = {
  code: 'no-address',
  message: 'No interface of this machine has an address that others can reach, so DNS is answered nowhere.',
  hint: 'Give the addresses to listen on with --listen, for example --listen 127.0.0.1:5300. Interfaces are read again every 5 s.',
};

/** Those that others can reach, sorted: all but loopback, link-local (169.254.0.0/16, fe80::/10) and multicast ones. */
function globalAddresses(interfaces: ReturnType<typeof networkInterfaces>): readonly string[] {
  const result = new Set<string>();
  for (const infos of Object.values(interfaces)) {
    for (const { address, internal } of infos ?? []) if (!internal && isGlobal(address)) result.add(address);
  }
  return [...result].toSorted();
}

function isGlobal(address: string): boolean {
  return !/^(127\.|169\.254\.|fe[89ab]|ff|::1$)/i.test(address);
}
