import { isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { FlagError } from '#core/program/errors.ts';
import { oneOf } from '#core/program/one-of.ts';
import { wholeNumber } from '#core/program/whole-number.ts';
import type { ProbeSpec } from '#sidecar/model/policy.ts';
import { type ClientFlags, clientFlags, clientOptions, clientUsage } from './client-flags.ts';
import { type GuardFlags, guardFlags, guardOptions, guardUsage, queryLogUsage } from './guard-flags.ts';
import { probeFlag } from './probe-flag.ts';

/** An address and a port, for example of `--listen 127.0.0.1:5300` or `--peer us=[2001:db8::1]:53`. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** All settings of the sidecar, checked. Defaults stand in {@link usage}. */
export interface SidecarFlags extends GuardFlags, ClientFlags {
  readonly geoTag: string;
  readonly source:
    | { readonly kind: 'folder'; readonly directory: string; readonly stateDirectory: string | undefined }
    | {
        readonly kind: 'cluster';
        readonly kubeconfig: string | undefined;
        readonly context: string | undefined;
      };
  /** What is kept over a restart; undefined: nothing is. */
  readonly stateDirectory: string | undefined;
  /** Empty: port 53 of every global address of this machine. */
  readonly listen: readonly Endpoint[];
  readonly dnsIo: 'auto' | 'ffi' | 'dgram';
  readonly dnsThreads: number;
  readonly dnsAddresses: 'internal' | 'external' | readonly string[];
  readonly identity: { readonly id: string | undefined; readonly version: string | undefined };
  readonly ingressSelector: string;
  readonly sidecarSelector: string;
  readonly probe: ProbeSpec;
  /** 0: nothing is held. */
  readonly massDeleteHoldMs: number;
  /** Undefined: those of /etc/resolv.conf. */
  readonly resolvers: readonly Endpoint[] | undefined;
  readonly edge:
    | { readonly kind: 'none' }
    | { readonly kind: 'rfc2136'; readonly server: Endpoint; readonly keyFile: string | undefined };
  readonly peers: ReadonlyMap<string, readonly Endpoint[]>;
  readonly legacyApi: boolean;
  readonly ingressGslbGroup: 'k8gb.io' | 'k8gb.absa.oss';
  readonly admin: Endpoint | undefined;
  readonly metrics: Endpoint | undefined;
  readonly logFormat: 'json' | 'text';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export const usage = `gslb-sidecar: answers DNS for load-balanced zones with the addresses of nodes that serve

Usage:
  gslb-sidecar --geotag G [flags]                                           in a cluster
  gslb-sidecar --geotag G --from DIR --listen ADDR:PORT [flags]             from a folder of YAML objects

Identity and objects:
  --geotag G                 name of this cluster among the members (required)
  --from DIR                 read objects from *.yaml under DIR instead of an API server
  --state-dir DIR            keep there what is answered, for the next start; with --from also where status goes
                             (default: nothing is kept)
  --kubeconfig FILE          API server by kubeconfig (default: the pod's service account)
  --context NAME             context of that kubeconfig
  --legacy-api               also serve Gslbs of k8gb.absa.oss
  --mass-delete-hold DURATION  how long answers stay when most Gslbs, or their CRD, are deleted at once: 90s, 10m, 1h
                             (default 10m); 0 lets them go
  --ingress-gslb-group GROUP group of Gslbs made for annotated Ingresses: k8gb.io (default) or k8gb.absa.oss

DNS:
  --listen ADDR:PORT         serve UDP and TCP there (repeatable; default: port 53 of every global address)
  --dns-io auto|ffi|dgram    how UDP is read and written: in batches (ffi), one by one (dgram), or in batches where a
                             test at start says that this works (auto, default)
  --dns-threads N            threads that answer UDP (default 1)
  --dns-addresses WHAT       glue at the edge: internal (default) or external addresses of the nodes that run
                             this sidecar, or a comma list
  --server-id TEXT           answers NSID, and id.server in class CH (default: neither is told)
  --server-version TEXT      answers version.bind in class CH (default: it is not told)
  --ingress-selector SEL     pods of the ingress controller (default app.kubernetes.io/name=ingress-nginx)
  --sidecar-selector SEL     pods of this sidecar (default app.kubernetes.io/name=gslb-sidecar)
  --resolvers LIST           recursive resolvers for the host names behind addresses: ADDR[:PORT], commas between
                             (default those of /etc/resolv.conf)
  --probe PROBE              how the nodes that serve are tried each second: tcp:PORT, http:PORT/PATH,
                             https:PORT/PATH, or none (default tcp:80; none with --from)

${clientUsage}
${guardUsage}
Other clusters:
  --edge none|rfc2136        who keeps the delegation current (default none: by hand)
  --edge-server ADDR:PORT    primary of the parent zone (port default 53)
  --edge-key-file FILE       TSIG key in BIND's syntax
  --peer G=ADDR:PORT         a member that the delegation does not show (repeatable)

Watching it:
  --admin ADDR:PORT|none     read-only endpoint, loopback only (default 127.0.0.1:8053; none with --from)
  --metrics ADDR:PORT        Prometheus metrics (default off)
${queryLogUsage}  --log-format json|text     default json, text with --from
  --log-level LEVEL          debug, info (default), warn, error
  --version, --help
`;

const options = {
  geotag: { type: 'string' },
  from: { type: 'string' },
  'state-dir': { type: 'string' },
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  'legacy-api': { type: 'boolean' },
  'ingress-gslb-group': { type: 'string' },
  listen: { type: 'string', multiple: true },
  'dns-io': { type: 'string' },
  'dns-threads': { type: 'string' },
  'dns-addresses': { type: 'string' },
  'server-id': { type: 'string' },
  'server-version': { type: 'string' },
  'ingress-selector': { type: 'string' },
  'sidecar-selector': { type: 'string' },
  probe: { type: 'string' },
  'mass-delete-hold': { type: 'string' },
  resolvers: { type: 'string' },
  edge: { type: 'string' },
  'edge-server': { type: 'string' },
  'edge-key-file': { type: 'string' },
  peer: { type: 'string', multiple: true },
  admin: { type: 'string' },
  metrics: { type: 'string' },
  'log-format': { type: 'string' },
  'log-level': { type: 'string' },
  ...guardOptions,
  ...clientOptions,
} as const;

type Values = ReturnType<typeof parseArgs<{ options: typeof options; strict: true }>>['values'];

/** Reads the command line. @throws FlagError naming the flag, its value and what is accepted. */
export function parseFlags(argv: readonly string[]): SidecarFlags {
  const values = parse(argv);
  const folder = values.from !== undefined;
  return {
    geoTag: geoTag(values.geotag, '--geotag'),
    source: folder
      ? { kind: 'folder', directory: values.from as string, stateDirectory: values['state-dir'] || undefined }
      : { kind: 'cluster', kubeconfig: values.kubeconfig, context: values.context },
    stateDirectory: values['state-dir'] || undefined,
    listen: (values.listen ?? []).map((text) => endpoint(text, '--listen')),
    dnsIo: oneOf(values['dns-io'], '--dns-io', ['auto', 'ffi', 'dgram'], 'auto'),
    dnsThreads: wholeNumber(values['dns-threads'], '--dns-threads', 1, 1, 64),
    dnsAddresses: dnsAddresses(values['dns-addresses']),
    identity: { id: values['server-id'], version: values['server-version'] },
    ingressSelector: values['ingress-selector'] ?? 'app.kubernetes.io/name=ingress-nginx',
    sidecarSelector: values['sidecar-selector'] ?? 'app.kubernetes.io/name=gslb-sidecar',
    massDeleteHoldMs: massDeleteHold(values['mass-delete-hold']),
    resolvers: resolvers(values.resolvers),
    probe: probeFlag(values.probe || (folder ? 'none' : 'tcp:80')),
    edge: edge(values),
    peers: peers(values.peer ?? []),
    legacyApi: values['legacy-api'] ?? false,
    ingressGslbGroup: ingressGslbGroup(values),
    admin: admin(values.admin, folder),
    metrics: values.metrics ? endpoint(values.metrics, '--metrics') : undefined,
    ...guardFlags(values),
    ...clientFlags(values),
    logFormat: oneOf(values['log-format'], '--log-format', ['json', 'text'], folder ? 'text' : 'json'),
    logLevel: oneOf(values['log-level'], '--log-level', ['debug', 'info', 'warn', 'error'], 'info'),
  };
}

function parse(argv: readonly string[]): Values {
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new FlagError((cause as Error).message, 'gslb-sidecar --help lists the flags', { cause });
  }
}

function geoTag(value: string | undefined, flag: string): string {
  if (value !== undefined && /^[a-zA-Z\d]([a-zA-Z\d-]{0,61}[a-zA-Z\d])?$/.test(value))
    return value.toLowerCase();
  const facts = value === undefined ? `${flag} is missing` : `${flag} "${value}" is not a DNS label`;
  throw new FlagError(facts, `name this cluster, for example ${flag}=eu`);
}

/** `ADDR:PORT`, `[V6]:PORT`; without a port: `defaultPort`. */
function endpoint(text: string, flag: string, defaultPort?: number): Endpoint {
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? (isIP(text) ? text : '');
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (isIP(address) && port !== undefined && port > 0 && port < 65_536) return { address, port };
  throw new FlagError(
    `${flag} "${text}" is not ADDR:PORT`,
    `for example ${flag}=192.0.2.53:53 or ${flag}=[2001:db8::53]:53`,
  );
}

function dnsAddresses(value: string | undefined): SidecarFlags['dnsAddresses'] {
  if (value === undefined || value === 'internal') return 'internal';
  if (value === 'external') return 'external';
  const list = value.split(',').map((part) => part.trim());
  const wrong = list.find((part) => !isIP(part));
  if (wrong === undefined) return list;
  throw new FlagError(
    `--dns-addresses: "${wrong}" is not an IP address`,
    'give internal, external, or addresses separated by commas',
  );
}

function massDeleteHold(value: string | undefined): number {
  const [, digits, unit = 's'] = /^(\d{1,6})(s|m|h)?$/.exec(value || '10m') ?? [];
  const ms = Number(digits) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
  const whole = unit !== 's' || value?.endsWith('s') || ms === 0;
  if (whole && ms <= 86_400_000) return ms;
  throw new FlagError(
    `--mass-delete-hold "${value}" is not a duration of at most 24h`,
    'give a number with s, m or h, for example --mass-delete-hold=10m, or 0',
  );
}

function resolvers(value: string | undefined): SidecarFlags['resolvers'] {
  return value ? value.split(',').map((text) => endpoint(text.trim(), '--resolvers', 53)) : undefined;
}

function edge(values: Values): SidecarFlags['edge'] {
  const kind = oneOf(values.edge, '--edge', ['none', 'rfc2136'], 'none');
  if (kind === 'none') return { kind };
  if (!values['edge-server'])
    throw new FlagError(
      '--edge rfc2136 needs --edge-server',
      'give the primary of the parent zone, for example --edge-server=192.0.2.53:53',
    );
  return {
    kind,
    server: endpoint(values['edge-server'], '--edge-server', 53),
    keyFile: values['edge-key-file'],
  };
}

function peers(list: readonly string[]): ReadonlyMap<string, readonly Endpoint[]> {
  const result = new Map<string, Endpoint[]>();
  for (const text of list) {
    const at = text.indexOf('=');
    if (at < 1)
      throw new FlagError(`--peer "${text}" is not G=ADDR:PORT`, 'for example --peer us=192.0.2.7:53');
    const tag = geoTag(text.slice(0, at), '--peer');
    result.set(tag, [...(result.get(tag) ?? []), endpoint(text.slice(at + 1), '--peer', 53)]);
  }
  return result;
}

function ingressGslbGroup(values: Values): SidecarFlags['ingressGslbGroup'] {
  const group = oneOf(
    values['ingress-gslb-group'],
    '--ingress-gslb-group',
    ['k8gb.io', 'k8gb.absa.oss'],
    'k8gb.io',
  );
  if (group === 'k8gb.absa.oss' && !values['legacy-api'])
    throw new FlagError('--ingress-gslb-group k8gb.absa.oss needs --legacy-api', 'add --legacy-api');
  return group;
}

function admin(value: string | undefined, folder: boolean): Endpoint | undefined {
  if (value === 'none' || (value === undefined && folder)) return undefined;
  const result = endpoint(value ?? '127.0.0.1:8053', '--admin');
  if (result.address === '::1' || result.address.startsWith('127.')) return result;
  throw new FlagError(
    `--admin ${value} is not on the loopback`,
    'give an address in 127.0.0.0/8 or [::1]; kubectl gslb reaches it by port-forward',
  );
}
