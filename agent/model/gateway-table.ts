/** `<id of the cluster that the pod runs in>/<pod UID>/<port>`: a port of one pod and of no later one. */
export type EndpointId = `${string}/${string}/${number}`;

/** All that a gateway knows beside its keys: table.json of its Secret, written by the agent. */
export interface GatewayTable {
  readonly version: 1;
  /** Changes with every content: the gateway reports which one it serves. */
  readonly revision: string;
  /** Id of this cluster. */
  readonly clusterID: string;
  /** By cluster id. A connection of anybody else is refused. */
  readonly peers: Readonly<Record<string, GatewayPeer>>;
  /** What this gateway listens on for the pods of its own cluster, by port number. */
  readonly ports: Readonly<Record<string, GatewayPort>>;
}

export interface GatewayPeer {
  /** SHA-256 of the peer gateway's public key (SPKI), base64url without padding. */
  readonly fingerprint: string;
  /** HOST:PORT to dial, any of which will do; absent where the peer dials us. */
  readonly dial?: readonly string[];
  /** What the peer may reach through us. */
  readonly endpoints: Readonly<Record<EndpointId, EndpointTarget>>;
}

/** A pod of this cluster, or one of another peer that we pass on to. */
export type EndpointTarget = { readonly address: string; readonly port: number } | { readonly relay: string };

export interface GatewayPort {
  /** Whose gateway is asked. */
  readonly peer: string;
  readonly endpoint: EndpointId;
}

/** A line of what a gateway reports to its agent; each line is the whole state. */
export interface GatewayReport {
  /** Of the table that it serves; every port of it is bound, but for `failedPorts`. */
  readonly revision: string;
  readonly failedPorts: readonly number[];
  /** By cluster id: whether a stream can be opened towards that peer now. */
  readonly links: Readonly<Record<string, boolean>>;
}

/** ALPN names of what is spoken on a gateway's one port (TLS 1.3, both sides with certificates, keys pinned). */
export const gatewayProtocols = {
  /** The dialer opens streams. */
  forward: 'interspan-forward/1',
  /** The acceptor opens streams. */
  reverse: 'interspan-reverse/1',
  /** The agent of the same cluster (with the gateway's own certificate) reads reports, a JSON line each. */
  report: 'interspan-report/1',
} as const;

/** Port of the gateway's container and Service. */
export const gatewayPort = 5871;
/** Ports that endpoints of other clusters get on a gateway. */
export const endpointPorts = { first: 20_000, last: 59_999 } as const;
