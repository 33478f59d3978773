import { parseArgs } from 'node:util';
import { namespaces } from '#core/api/kubernetes.ts';
import { interruption } from './harness/interruption.ts';
import type { Bench } from './harness/report.ts';
import { spreadHead, spreadRow } from './harness/spread.ts';
import { table } from './harness/table.ts';
import { measureNamespaces, type NamespaceTrial } from './offload-namespaces.ts';
import { measurePeering, type PeeringTrial } from './offload-peering.ts';
import { measurePods, type PodPair } from './offload-pods.ts';
import { measureReflection, type ReflectionTrial } from './offload-reflection.ts';
import { consumer, raiseOffloadWorld } from './offload-world.ts';

/**
 * What offloading costs, between two clusters of one node each that it brings up and removes, also when interrupted:
 * `peer` until the virtual node is Ready, the first time and again after each `unpeer`; pods until they run, natively
 * and on the virtual node in pairs; ConfigMaps and Services until they are in the twin namespace; an empty namespace's
 * way back. Objects are timed by watches that are open in this one process, commands as whole processes of what is
 * shipped. Flags: `--trials N` of pods and objects (30), `--commands N` of commands (10), `--instance NAME`
 * (bench-offload).
 */
export const offload: Bench = async (argv) => {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      trials: { type: 'string', default: '30' },
      commands: { type: 'string', default: '10' },
      instance: { type: 'string', default: 'bench-offload' },
    },
  });
  const [trials, commands] = [Number(values.trials), Number(values.commands)];
  using interrupted = interruption();
  await using world = await raiseOffloadWorld(values.instance, interrupted.signal);
  const peerings = await measurePeering(world, commands);
  const namespace = 'bench';
  await world.here.create(namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  await world.person(consumer, ['kubectl', 'offload', 'namespace', namespace]);
  const pair = { namespace, twin: `${namespace}-${consumer}` };
  const pods = await measurePods(world, pair, trials);
  const configMaps = await measureReflection(world, 'configMap', pair, trials);
  const services = await measureReflection(world, 'service', pair, trials);
  const offloads = await measureNamespaces(world, commands);
  const measurements = { peerings, pods, configMaps, services, offloads };
  return { text: report(measurements), measurements };
};

interface Measurements {
  readonly peerings: readonly PeeringTrial[];
  readonly pods: readonly PodPair[];
  readonly configMaps: readonly ReflectionTrial[];
  readonly services: readonly ReflectionTrial[];
  readonly offloads: readonly NamespaceTrial[];
}

function report({ peerings, pods, configMaps, services, offloads }: Measurements): string {
  const [first, ...again] = peerings;
  const since = (what: string, trials: readonly ReflectionTrial[]) => [
    spreadRow(
      `${what}, since the reply`,
      trials.map(({ sinceReplyMs }) => sinceReplyMs),
      1,
    ),
    spreadRow(
      `${what}, since before the request`,
      trials.map(({ sinceRequestMs }) => sinceRequestMs),
      1,
    ),
  ];
  const pod = (what: string, figure: (pair: PodPair) => number) => spreadRow(what, pods.map(figure));
  const rows = [
    pod('pod Running, virtual less native', ({ native, virtual }) => virtual.runningMs - native.runningMs),
    pod('  native', ({ native }) => native.runningMs),
    pod('  virtual', ({ virtual }) => virtual.runningMs),
    pod('    bound → Pod at the provider', ({ virtual }) => (virtual.remoteMadeMs ?? 0) - virtual.boundMs),
    pod(
      '    Running there → Running here',
      ({ virtual }) => virtual.runningMs - (virtual.remoteRunningMs ?? 0),
    ),
    spreadRow('peer → node Ready, first', first === undefined ? [] : [first.readyMs]),
    spreadRow(
      'peer → node Ready, after unpeer',
      again.map(({ readyMs }) => readyMs),
    ),
    ...(
      [
        'invitedMs',
        'claimedMs',
        'acceptedMs',
        'recordedMs',
        'nodeMadeMs',
      ] as const satisfies (keyof PeeringTrial)[]
    ).map((step) =>
      spreadRow(
        `    ${step.slice(0, -2)}`,
        peerings.map((trial) => trial[step]),
      ),
    ),
    spreadRow(
      '  peer, whole command',
      peerings.map(({ promptMs }) => promptMs),
    ),
    spreadRow(
      '  unpeer, whole command',
      again.flatMap(({ unpeerMs }) => unpeerMs ?? []),
    ),
    ...since('ConfigMap at the provider', configMaps),
    ...since('Service at the provider', services),
    spreadRow(
      'unoffload namespace, empty',
      offloads.map(({ unoffloadMs }) => unoffloadMs),
    ),
    ...(
      [
        'deletedMs',
        'twinEndsMs',
        'twinGoneMs',
        'confirmedMs',
        'endedMs',
      ] as const satisfies (keyof NamespaceTrial)[]
    ).map((step) =>
      spreadRow(
        `    ${step.slice(0, -2)}`,
        offloads.map((trial) => trial[step]),
      ),
    ),
    spreadRow(
      '  a command that asks nobody (--help)',
      offloads.map(({ helpMs }) => helpMs),
    ),
    spreadRow(
      '  offload namespace, empty',
      offloads.map(({ offloadMs }) => offloadMs),
    ),
  ];
  const loads = [peerings, pods, configMaps, services, offloads].flat().map(({ load }) => load);
  return [
    table(['milliseconds', ...spreadHead], rows),
    '',
    `load average ${Math.min(...loads).toFixed(1)}–${Math.max(...loads).toFixed(1)}`,
  ].join('\n');
}
