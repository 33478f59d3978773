import { createHash } from 'node:crypto';
import type { EndpointTarget, GatewayPeer, GatewayPort, GatewayTable } from '#agent/model/gateway-table.ts';
import { isRecord } from '#core/api/is-record.ts';
import { endpointID, type NativeEndpoint, type PortKey, type RemoteEndpoint } from './remote-endpoint.ts';

/** A cluster that a gateway talks to. */
export interface TablePeer {
  readonly id: string;
  readonly fingerprint: string;
  /** Where it is dialed; absent or empty: it dials us. */
  readonly dial?: readonly string[];
  /** Pods of this cluster that it may reach. */
  readonly native: readonly NativeEndpoint[];
  /** Pods of other providers that it may reach through us. */
  readonly relayed: readonly RemoteEndpoint[];
}

/** SHA-256 in base64url. */
const readableFingerprint = /^[\w-]{43}$/;
const readableAddress = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:[\]/]+):\d{1,5}$/;

/**
 * The table of a cluster's gateways. Equal contents give equal revisions. Fingerprints and addresses are what peers
 * say: what a gateway could not read is left out here, since it would refuse the whole table for it.
 */
export function gatewayTable(
  clusterID: string,
  peers: readonly TablePeer[],
  ports: readonly (PortKey & { readonly port: number })[],
): GatewayTable {
  const readable = peers.filter(({ fingerprint }) => readableFingerprint.test(fingerprint));
  const entries = readable.map(({ id, fingerprint, dial = [], native, relayed }): [string, GatewayPeer] => [
    id,
    {
      fingerprint,
      ...(dial.some(isAddress) ? { dial: dial.filter(isAddress) } : {}),
      endpoints: sorted([...relays(id, relayed), ...targets(clusterID, native)]),
    },
  ]);
  const listened = ports.map(({ port, peer, endpoint }): [string, GatewayPort] => [
    String(port),
    { peer, endpoint },
  ]);
  return withRevision({ version: 1, clusterID, peers: sorted(entries), ports: sorted(listened) });
}

function isAddress(text: string): boolean {
  const port = Number(text.slice(text.lastIndexOf(':') + 1));
  return readableAddress.test(text) && port > 0 && port < 65_536;
}

function targets(clusterID: string, native: readonly NativeEndpoint[]): readonly [string, EndpointTarget][] {
  return native.flatMap(({ uid, address, ports }) =>
    ports.map(({ port }): [string, EndpointTarget] => [endpointID(clusterID, uid, port), { address, port }]),
  );
}

/** Only what its own cluster's gateway gives us: never a second relay, never back to where it came from. */
function relays(peer: string, relayed: readonly RemoteEndpoint[]): readonly [string, EndpointTarget][] {
  return relayed
    .filter((endpoint) => endpoint.peer === endpoint.origin && endpoint.origin !== peer)
    .flatMap(({ origin, uid, ports }) =>
      ports.map(({ port }): [string, EndpointTarget] => [endpointID(origin, uid, port), { relay: origin }]),
    );
}

/**
 * Both tables in one, the newer one's word before the older's: after a restart the agent learns little by little what
 * it had allowed, and takes nothing away meanwhile.
 */
export function mergedTable(older: GatewayTable, newer: GatewayTable): GatewayTable {
  const peers = { ...older.peers, ...newer.peers };
  const merged = Object.entries(peers).map(([id, peer]): [string, GatewayPeer] => [
    id,
    {
      ...peer,
      endpoints: sorted(Object.entries({ ...older.peers[id]?.endpoints, ...newer.peers[id]?.endpoints })),
    },
  ]);
  return withRevision({
    version: 1,
    clusterID: newer.clusterID,
    peers: sorted(merged),
    ports: sorted(Object.entries({ ...older.ports, ...newer.ports })),
  });
}

/** Reads table.json back; undefined where it is not one of this cluster. */
export function readTable(text: string | undefined, clusterID: string): GatewayTable | undefined {
  try {
    const table = JSON.parse(text ?? 'null') as Partial<GatewayTable> | null;
    const whole =
      table?.version === 1 &&
      table.clusterID === clusterID &&
      typeof table.revision === 'string' &&
      isRecord(table.peers) &&
      isRecord(table.ports);
    return whole ? (table as GatewayTable) : undefined;
  } catch {
    // Not ours to read: it is written anew.
    return undefined;
  }
}

function withRevision(table: Omit<GatewayTable, 'revision'>): GatewayTable {
  const revision = createHash('sha256').update(JSON.stringify(table)).digest('hex').slice(0, 16);
  return { ...table, revision };
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
