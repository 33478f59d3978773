import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { ScenarioName } from '#tools/playground/arguments.ts';
import { rootZone } from '#tools/playground/edge/named-config.ts';
import { raise } from '#tools/playground/playground.ts';
import { findBinaries } from '#tools/playground/world/binaries.ts';
import { withClient } from '#tools/playground/world/client.ts';
import { type CommandResult, must, run } from '#tools/playground/world/command.ts';
import { DetachedProcesses } from '#tools/playground/world/detached-processes.ts';
import { tearDown } from '#tools/playground/world/down.ts';
import { distribution } from '#tools/playground/world/environment.ts';
import * as faults from '#tools/playground/world/faults.ts';
import { clusterFolder, edgeFolder, nodeFolder } from '#tools/playground/world/folders.ts';
import type { LiveAnswer } from '#tools/playground/world/live-answer.ts';
import { liveRequests } from '#tools/playground/world/live-requests.ts';
import type { LayoutName, NodePlan, World } from '#tools/playground/world/plan.ts';
import { instanceFolder, lockInstance, stateRoot } from '#tools/playground/world/state.ts';
import { reportSteps } from '#tools/playground/world/steps.ts';

/** A cluster's geotag in the world's plan: eu and us, or those of another layout. */
type Geotag = string;

/** A machine that is no node, in the world's network. */
export interface WorldClient extends AsyncDisposable {
  readonly address: string;
  /** Words before a command that shall run there. */
  readonly enter: readonly [string, ...string[]];
}

/** A world of the playground with handles for a test. Disposing of it removes it. */
export interface TestWorld extends AsyncDisposable {
  readonly plan: World;
  /** The instance's folder: logs are below it. */
  readonly folder: string;
  /** Runs kubectl against a cluster; rejects with what it said when it fails. */
  kubectl(cluster: Geotag, ...args: string[]): Promise<string>;
  /** A command as a person would run it: KUBECONFIG of a cluster, our plugins on the PATH. Resolves whatever its exit code. */
  shell(cluster: Geotag, argv: readonly [string, ...string[]], input?: string): Promise<CommandResult>;
  /** The same with `-o json`, parsed. */
  kubectlJson<T>(cluster: Geotag, ...args: string[]): Promise<T>;
  /** Applies objects (server-side). */
  apply(cluster: Geotag, ...objects: object[]): Promise<void>;
  /** dig's standard output; one try of one second. Exit codes of dig are not errors: no answer is an empty text. */
  dig(server: string, ...args: string[]): Promise<string>;
  /** The sorted A records that a server gives for a name; rejects when it does not reply within three tries of a second. */
  addresses(server: string, name: string): Promise<readonly string[]>;
  /** Requests by clients that resolve through the edge, in sequence. */
  curlThroughName(host: string, count?: number): Promise<readonly LiveAnswer[]>;
  /** A node by its name, such as `gslb-eu-2`. */
  node(name: string): NodePlan;
  /** Cuts a node's power: all its processes end, its packets vanish. */
  stopNode(name: string): Promise<void>;
  /** Plugs a stopped node in again and boots it; resolves when it is Ready. */
  startNode(name: string): Promise<void>;
  /** Takes a node's cable out, or puts it back; its processes run on. */
  unplug(name: string): Promise<void>;
  plugIn(name: string): Promise<void>;
  /** Loses every packet between two clusters, or lets them pass again; clients and edge reach both. */
  severLink(one: Geotag, other: Geotag): Promise<void>;
  joinLink(one: Geotag, other: Geotag): Promise<void>;
  /** Requests for a host sent to one node, whatever the name says; a fresh connection each. */
  curlNode(name: string, host: string, count: number): Promise<readonly LiveAnswer[]>;
  /** Stops every process of a node where it stands, or lets them go on. */
  freeze(name: string): void;
  thaw(name: string): void;
  stopApiServer(cluster: Geotag): Promise<void>;
  stopEdge(): Promise<void>;
  /** A machine of its own in the world's network, whose only resolver is the edge. Disposing of it removes it. */
  client(): Promise<WorldClient>;
  /** Where a node's /var/lib is on this machine. */
  varLibOf(name: string): string;
  /** Puts these records into the root zone that BIND at the edge serves, in the place of those put there before. */
  setRootRecords(...lines: readonly string[]): void;
  /** Installs a scenario on the clusters that are up. */
  install(scenario: ScenarioName): Promise<void>;
  /** Starts again whatever does not run, as a second `up` does. */
  mend(): Promise<void>;
}

/**
 * Brings up an instance for tests, beside worlds that people have open. What an earlier run left of it is removed
 * first, and all of it when bringing it up fails. Progress goes to standard error.
 */
export async function raiseWorld(options: {
  readonly instance?: string;
  readonly scenario: ScenarioName;
  /** Clusters of a bare world; default the tutorial's. */
  readonly layout?: LayoutName;
  /** Ends it while it comes up; what there is of it is removed. */
  readonly signal?: AbortSignal;
}): Promise<TestWorld> {
  const instance = options.instance ?? 'e2e';
  const root = stateRoot(process.env);
  const folder = instanceFolder(root, instance);
  const write = (text: string): void => void process.stderr.write(text);
  const steps = reportSteps(write, () => performance.now());
  const playground = { root, instance, env: process.env, steps, out: write, signal: options.signal };
  const remove = async (): Promise<void> => {
    using _ = await lockInstance(root, instance, 'down');
    await tearDown(root, instance, steps);
  };
  await remove();
  try {
    const world = await raise(playground, options.scenario, options.layout);
    const install = async (scenario: ScenarioName): Promise<void> => void (await raise(playground, scenario));
    const mend = async (): Promise<void> => void (await raise(playground, 'bare'));
    const { kubectl } = await findBinaries(process.env);
    return { ...handles(world, folder, kubectl, mend), install, [Symbol.asyncDispose]: remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function handles(
  world: World,
  folder: string,
  program: string,
  mend: () => Promise<void>,
): Omit<TestWorld, keyof AsyncDisposable | 'install'> {
  const place = { world, folder };
  const clusterOf = (geotag: Geotag) => {
    const cluster = world.clusters.find((candidate) => candidate.geotag === geotag);
    if (cluster === undefined) throw new Error(`no cluster ${geotag}`);
    return cluster;
  };
  const node = (name: string): NodePlan => {
    const found = world.clusters.flatMap(({ nodes }) => nodes).find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  };
  const kubectlWith = (geotag: Geotag, args: readonly string[], input?: string): Promise<string> => {
    const its = clusterFolder(folder, clusterOf(geotag));
    return must([program, '--kubeconfig', join(its, 'admin.kubeconfig'), ...args], {
      env: { KUBECACHEDIR: join(its, 'cache') },
      ...(input === undefined ? {} : { input }),
    });
  };
  let rootSerial = 1;
  const dig = async (server: string, ...args: string[]): Promise<string> =>
    (await run(['dig', `@${server}`, '+time=1', '+tries=1', ...args])).stdout;
  return {
    plan: world,
    folder,
    kubectl: (geotag, ...args) => kubectlWith(geotag, args),
    shell: (geotag, argv, input) => {
      const its = clusterFolder(folder, clusterOf(geotag));
      return run(argv, {
        env: {
          KUBECONFIG: join(its, 'admin.kubeconfig'),
          KUBECACHEDIR: join(its, 'cache'),
          PATH: [distribution, dirname(program), process.env['PATH'] ?? ''].join(delimiter),
        },
        ...(input === undefined ? {} : { input }),
      });
    },
    kubectlJson: async (geotag, ...args) => JSON.parse(await kubectlWith(geotag, [...args, '-o', 'json'])),
    apply: async (geotag, ...objects) => {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
      await kubectlWith(geotag, ['apply', '--server-side', '--field-manager=test', '-f', '-'], list);
    },
    dig,
    addresses: async (server, name) => {
      // Silence is not an answer without addresses: dig's exit code tells them apart.
      const reply = await must(['dig', `@${server}`, '+time=1', '+tries=3', '+short', name, 'A']);
      return reply
        .split('\n')
        .filter((line) => /^[\d.]+$/.test(line))
        .sort();
    },
    curlThroughName: (host, count = 1) => liveRequests(world, folder, host, count),
    node,
    stopNode: (name) => faults.powerOff(place, node(name)),
    startNode: async (name) => {
      await faults.plugIn(place, node(name));
      await mend();
    },
    unplug: (name) => faults.unplug(place, node(name)),
    plugIn: (name) => faults.plugIn(place, node(name)),
    severLink: (one, other) => faults.setLink(clusterOf(one), clusterOf(other), 'severed'),
    joinLink: (one, other) => faults.setLink(clusterOf(one), clusterOf(other), 'open'),
    curlNode: (name, host, count) => liveRequests(world, folder, host, count, { to: node(name).address }),
    freeze: (name) => faults.freeze(place, node(name)),
    thaw: (name) => faults.thaw(place, node(name)),
    stopApiServer: (geotag) => faults.killControlPlane(place, clusterOf(geotag), 'kube-apiserver'),
    client: () => client(world, folder),
    varLibOf: (name) => {
      const cluster = world.clusters.find(({ nodes }) => nodes.includes(node(name)));
      if (cluster === undefined) throw new Error(`no cluster has ${name}`);
      return join(nodeFolder(clusterFolder(folder, cluster), node(name)), 'disk', 'var-lib');
    },
    setRootRecords: (...lines) => {
      rootSerial += 1;
      const zone = rootZone(world).replace(/\(1 /, `(${rootSerial} `);
      writeFileSync(
        join(edgeFolder(folder), 'disk', 'etc-bind', 'root.zone'),
        `${zone}${lines.join('\n')}\n`,
      );
      const named = new DetachedProcesses(join(edgeFolder(folder), 'processes')).running('named');
      if (named === undefined) throw new Error('BIND does not run');
      process.kill(named.pid, 'SIGHUP');
    },
    stopEdge: () => faults.killEdge(place),
    mend,
  };
}

/** Holds a client of the world until it is disposed of. */
async function client(world: World, folder: string): Promise<WorldClient> {
  const begun = Promise.withResolvers<readonly [string, ...string[]]>();
  const ending = Promise.withResolvers<void>();
  const ended = withClient(world, folder, async (words) => {
    begun.resolve(words);
    await ending.promise;
  });
  ended.catch(begun.reject);
  const enter = await begun.promise;
  const shown = await must([...enter, 'ip', '-4', '-oneline', 'address', 'show', 'dev', 'eth0']);
  const [, address] = /inet ([\d.]+)\//.exec(shown) ?? [];
  if (address === undefined) throw new Error(`a client without an address:\n${shown}`);
  return {
    address,
    enter,
    [Symbol.asyncDispose]: async () => {
      ending.resolve();
      await ended;
    },
  };
}
