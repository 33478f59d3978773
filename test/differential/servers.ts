import { startDnsServer } from '#sidecar/serve/server.ts';
import { type Bind, startBind } from '#test/support/bind.ts';
import type { Endpoint } from '#test/support/dns-exchange.ts';
import type { World } from './world.ts';

/** BIND with the zones of a world, told to give answers of the kind that we give. */
export function startReference(world: World): Promise<Bind> {
  return startBind({
    zones: world.bindZones,
    transfers: false,
    clauses: [
      // We add no glue, no authority section, and answer ANY with one RRset.
      'minimal-responses yes',
      'minimal-any yes',
      // A negative answer for SOA has the TTL of any other.
      'zero-no-soa-ttl no',
      'check-names primary ignore',
      'version none',
      'hostname none',
      'server-id none',
      'edns-udp-size 1232',
      'max-udp-size 1232',
      'rrset-order { order none; }',
    ],
  });
}

/** Our server in this process (its DNS thread) with the zones of a world, on a free port of the loopback. */
export async function startOurs(
  world: World,
  signal: AbortSignal,
  how: { readonly io?: 'auto' | 'ffi' | 'dgram'; readonly threads?: number } = {},
): Promise<Endpoint> {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const server = await startDnsServer(
    {
      listen: [{ address: '127.0.0.1', port: 0 }],
      ...how,
      log: silent,
      onProblem: (problem) => {
        throw new Error(problem.message);
      },
    },
    signal,
  );
  server.patch(world.patch);
  const until = Date.now() + 5000;
  while (server.counters().snapshot.names < world.patch.names.length) {
    if (Date.now() > until) throw new Error('the DNS thread took too long over the zones');
    await new Promise((later) => setTimeout(later, 5));
  }
  return { address: '127.0.0.1', port: server.listening()[0]?.port ?? 0 };
}
