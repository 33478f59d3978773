import { expect } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { KubeObject } from '#core/api/kubernetes.ts';
import type { TestWorld } from './world.ts';

export const zone = 'cloud.example.com';
export const namespace = 'podinfo';
export const clusters = ['eu', 'us'] as const;
export type Cluster = (typeof clusters)[number];
/** Of a world under load: a probe, a Lease that changes hands, and a TTL may come one after the other. */
export const eventually = { timeout: 90_000, interval: 250 };

/** An Event, as far as a person reads it. */
interface Told {
  readonly reason: string;
  readonly message?: string;
  readonly count?: number;
}

export type GslbStage = ReturnType<typeof gslbStage>;

/**
 * What scenarios of load balancing ask of a world with clusters eu and us: answers of every sidecar and of BIND, and
 * what a person reads of it. The world is looked for when something is asked.
 */
export function gslbStage(world: () => TestWorld) {
  const nodesOf = (cluster: Cluster): readonly string[] =>
    world()
      .plan.clusters.filter(({ geotag }) => geotag === cluster)
      .flatMap(({ nodes }) => nodes.map(({ address }) => address));
  const addressesOf = (...tags: readonly Cluster[]) => tags.flatMap(nodesOf).sort();
  const kubectl = (cluster: Cluster, ...args: string[]) => world().kubectl(cluster, '-n', namespace, ...args);
  const gslb = (cluster: Cluster, name: string) =>
    world().kubectlJson<Gslb>(cluster, 'get', 'gslbs.k8gb.io', '-n', namespace, name);
  const status = async (cluster: Cluster, name: string) => (await gslb(cluster, name)).status;
  const condition = async (cluster: Cluster, name: string, type: string) =>
    (await status(cluster, name))?.conditions?.find((one) => one.type === type);
  /** What the sidecars of a cluster answer, and what BIND does: one text each while all of them agree. */
  const atSidecars = async (cluster: Cluster, host: string): Promise<string> => {
    const answers = await Promise.all(nodesOf(cluster).map((server) => world().addresses(server, host)));
    return [...new Set(answers.map((addresses) => addresses.join(' ')))].join(' / ');
  };
  const atBind = async (host: string): Promise<string> =>
    (await world().addresses(world().plan.edge.address, host)).join(' ');
  /** Every sidecar answers with exactly these addresses: sorted, with spaces between. */
  const sidecarsAnswer = async (host: string, text: string): Promise<void> => {
    for (const cluster of clusters) await expect.poll(() => atSidecars(cluster, host), eventually).toBe(text);
  };
  /** So does BIND. */
  const answeredWith = async (host: string, text: string): Promise<void> => {
    await sidecarsAnswer(host, text);
    await expect.poll(() => atBind(host), eventually).toBe(text);
  };
  const eventsOf = async (cluster: Cluster, kind: string, name: string): Promise<readonly Told[]> => {
    const about = `--field-selector=involvedObject.kind=${kind},involvedObject.name=${name}`;
    const get = ['get', 'events', '--all-namespaces', about] as const;
    return (await world().kubectlJson<{ readonly items: readonly Told[] }>(cluster, ...get)).items;
  };
  const events = async (cluster: Cluster, kind: string, name: string): Promise<readonly string[]> =>
    (await eventsOf(cluster, kind, name)).map(({ reason, message }) => `${reason}: ${message}`);
  const tells = (cluster: Cluster, kind: string, name: string, wanted: readonly RegExp[]) =>
    expect
      .poll(async () => {
        const told = await events(cluster, kind, name);
        const missing = wanted.filter((pattern) => !told.some((text) => pattern.test(text))).map(String);
        return missing.length === 0 ? 'all' : { missing, told };
      }, eventually)
      .toBe('all');
  return {
    kubectl,
    gslb,
    status,
    condition,
    addressesOf,
    atSidecars,
    atBind,
    sidecarsAnswer,
    answeredWith,
    /** The same with those of whole clusters; of none: no data. */
    answered: (host: string, ...tags: readonly Cluster[]): Promise<void> =>
      answeredWith(host, addressesOf(...tags).join(' ')),
    inBoth: (work: (cluster: Cluster) => Promise<unknown>) => Promise.all(clusters.map(work)),
    /** Events of a Gslb, as `Reason: message`. */
    events: (cluster: Cluster, name: string) => events(cluster, 'Gslb', name),
    /** The same, each with how often it was told. */
    eventCounts: async (cluster: Cluster, name: string): Promise<readonly string[]> => {
      const told = await eventsOf(cluster, 'Gslb', name);
      return told.map(({ reason, message, count }) => `${count} ${reason}: ${message}`).sort();
    },
    eventsTell: (cluster: Cluster, name: string, ...wanted: readonly RegExp[]) =>
      tells(cluster, 'Gslb', name, wanted),
    clusterEventsTell: (cluster: Cluster, member: Cluster, ...wanted: readonly RegExp[]) =>
      tells(cluster, 'GslbCluster', member, wanted),
    /** A condition reads so: its status, its reason and a part of its message. */
    conditionTells: (cluster: Cluster, name: string, type: string, wanted: RegExp) =>
      expect
        .poll(async () => {
          const { status: is, reason, message } = (await condition(cluster, name, type)) ?? {};
          return `${is} ${reason}: ${message}`;
        }, eventually)
        .toMatch(wanted),
    /** The line of `kubectl get` for an object, with one space between columns. */
    lineTells: (cluster: Cluster, resource: string, name: string, wanted: RegExp) =>
      expect
        .poll(async () => line(await kubectl(cluster, 'get', resource, name, '--no-headers')), eventually)
        .toMatch(wanted),
    /** The line of `kubectl gslb status` for a host, or a Gslb of one, with one space between columns. */
    pluginTells: (cluster: Cluster, name: string, wanted: RegExp) =>
      expect
        .poll(async () => {
          const said = await world().shell(cluster, ['kubectl', 'gslb', 'status', name, '-n', namespace]);
          return line(said.stdout.trim().split('\n').at(-1) || said.stderr);
        }, eventually)
        .toMatch(wanted),
  };
}

const line = (text: string): string => text.trim().replace(/ +/g, ' ');

/** A rule of an Ingress for a host, to podinfo unless said otherwise. */
export const rule = (host: string, service = 'podinfo') => ({
  host,
  http: {
    paths: [
      { path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { number: 9898 } } } },
    ],
  },
});

/** An Ingress that wants a Gslb; its answers live for a second, so that BIND follows soon. */
export const ingress = (
  name: string,
  annotations: Readonly<Record<string, string>>,
  { host = `${name}.${zone}`, className = 'nginx' } = {},
): KubeObject & { readonly spec: object } => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name, namespace, annotations: { 'k8gb.io/dns-ttl-seconds': '1', ...annotations } },
  spec: { ingressClassName: className, rules: [rule(host)] },
});

/** A Gslb with an Ingress of its own. */
export const gslbObject = (name: string, strategy: object, ...rules: readonly object[]) => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: { name, namespace },
  spec: {
    strategy: { dnsTtlSeconds: 1, ...strategy },
    ingress: { ingressClassName: 'nginx', rules: rules.length > 0 ? rules : [rule(`${name}.${zone}`)] },
  },
});
