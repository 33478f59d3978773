import { isIP } from 'node:net';
import type {
  EndpointId,
  EndpointTarget,
  GatewayPeer,
  GatewayPort,
  GatewayTable,
} from '#agent/model/gateway-table.ts';
import { GatewayError } from './errors.ts';

/**
 * Reads table.json. Everything that the types promise is checked, unknown fields are dropped; a wrong entry refuses
 * the whole table, since a gateway that serves half of it would be believed to serve all. Cluster ids are looked up
 * as own properties only, so that `__proto__` is a name like any other.
 * @throws GatewayError `badTable`, naming the place
 */
export function parseTable(text: string): GatewayTable {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw bad('', 'is not JSON', cause);
  }
  const table = fields(value, '');
  if (table['version'] !== 1) throw bad('version', 'is not 1');
  return {
    version: 1,
    revision: name(table['revision'], 'revision'),
    clusterID: name(table['clusterID'], 'clusterID'),
    peers: record(table['peers'], 'peers', parsePeer),
    ports: record(table['ports'], 'ports', (port, at, key) => {
      if (!isPort(Number(key)) || String(Number(key)) !== key) throw bad(at, 'is not a port');
      return parsePort(port, at);
    }),
  };
}

/** The parts of HOST:PORT or [IPv6]:PORT; undefined when it is neither. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^\s:[\]/]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  return host === undefined || !isPort(port) ? undefined : { host, port };
}

function parsePeer(value: unknown, at: string): GatewayPeer {
  const { fingerprint, dial, endpoints } = fields(value, at);
  if (typeof fingerprint !== 'string' || !/^[\w-]{43}$/.test(fingerprint))
    throw bad(`${at}.fingerprint`, 'is not a SHA-256 in base64url');
  return {
    fingerprint,
    ...(dial === undefined ? {} : { dial: parseDial(dial, `${at}.dial`) }),
    endpoints: record(endpoints, `${at}.endpoints`, (target, place, id) => {
      if (!isEndpoint(id)) throw bad(place, 'is not an endpoint id');
      return parseTarget(target, place);
    }),
  };
}

function parseDial(value: unknown, at: string): readonly string[] {
  if (!Array.isArray(value)) throw bad(at, 'is not a list');
  return value.map((each) => {
    if (typeof each !== 'string' || parseAddress(each) === undefined)
      throw bad(at, 'holds what is not HOST:PORT');
    return each;
  });
}

function parseTarget(value: unknown, at: string): EndpointTarget {
  const { relay, address, port } = fields(value, at);
  if (relay !== undefined) return { relay: name(relay, `${at}.relay`) };
  if (typeof address !== 'string' || isIP(address) === 0) throw bad(`${at}.address`, 'is not an IP address');
  if (!isPort(port)) throw bad(`${at}.port`, 'is not a port');
  return { address, port };
}

function parsePort(value: unknown, at: string): GatewayPort {
  const { peer, endpoint } = fields(value, at);
  if (typeof endpoint !== 'string' || !isEndpoint(endpoint))
    throw bad(`${at}.endpoint`, 'is not an endpoint id');
  return { peer: name(peer, `${at}.peer`), endpoint };
}

function record<T>(
  value: unknown,
  at: string,
  parse: (value: unknown, at: string, key: string) => T,
): Readonly<Record<string, T>> {
  // fromEntries defines own properties, whatever they are called.
  return Object.fromEntries(
    Object.entries(fields(value, at)).map(([key, each]) => [
      key,
      parse(each, `${at}[${key.slice(0, 300)}]`, key),
    ]),
  );
}

function fields(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(at, 'is not an object');
  return value as Readonly<Record<string, unknown>>;
}

function name(value: unknown, at: string): string {
  if (typeof value !== 'string' || value === '' || value.length > 253) throw bad(at, 'is not a name');
  return value;
}

function isEndpoint(text: string): text is EndpointId {
  const port = /^[^/\s]{1,253}\/[^/\s]{1,253}\/(\d{1,5})$/.exec(text)?.[1];
  return port !== undefined && isPort(Number(port));
}

function isPort(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) > 0 && (value as number) < 65_536;
}

function bad(at: string, what: string, cause?: unknown): GatewayError {
  return new GatewayError('badTable', `the table of the gateway cannot be used: ${at || 'it'} ${what}`, {
    hint: 'the agent writes it: run agent and gateway of the same version',
    ...(cause === undefined ? {} : { cause }),
  });
}
