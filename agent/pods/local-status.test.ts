import { expect, test } from 'vitest';
import {
  marksOf,
  marksPatch,
  recreationsAnnotation,
  statusFailed,
  statusFrom,
  statusNotReady,
  statusPatch,
  statusRefused,
  statusVirtual,
} from './local-status.ts';
import type { LocalPod, PodStatus, RemotePod } from './pod.ts';

const wallMs = Date.parse('2026-01-01T00:00:00.123Z');
const more = { hostIP: '192.0.2.1', wallMs };
const local = (status: PodStatus = {}, rest: { metadata?: object; spec?: object } = {}): LocalPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'web', uid: 'u1', ...rest.metadata },
  spec: { containers: [{ name: 'web' }], ...rest.spec },
  status,
});
const container = { name: 'web', ready: true, restartCount: 2, started: true };
const remote = (status: PodStatus = {}, uid = 'r1'): RemotePod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', uid },
  spec: { nodeName: 'real-1' },
  status: {
    phase: 'Running',
    podIP: '10.0.0.1',
    podIPs: [{ ip: '10.0.0.1' }],
    hostIP: '10.1.0.1',
    startTime: '2026-01-01T00:00:00Z',
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: 't', observedGeneration: 3 },
      { type: 'PodScheduled', status: 'True' },
    ],
    containerStatuses: [container, { ...container, name: 'injected' }],
    ...status,
  },
});

test('a status comes back whole, without addresses, generations and containers that are not the pod’s', () => {
  expect(statusFrom(remote(), local(), more)).toEqual({
    phase: 'Running',
    startTime: '2026-01-01T00:00:00Z',
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    conditions: [
      { type: 'Ready', status: 'True', lastTransitionTime: 't' },
      { type: 'PodScheduled', status: 'True' },
    ],
    containerStatuses: [container],
  });
});

test('conditions of others stay, those of whoever ran it before do not', () => {
  const before = local({
    conditions: [
      { type: 'DisruptionTarget', status: 'True' },
      { type: 'Initialized', status: 'True' },
      { type: 'Offloaded', status: 'False' },
      { type: 'Ready', status: 'False' },
    ],
  });
  const types = statusFrom(remote(), before, more).conditions?.map(({ type }) => type);
  expect(types).toEqual(['Ready', 'PodScheduled', 'DisruptionTarget']);
});

test.each<[string, readonly { type: string; status: string }[], string]>([
  ['no gate set', [], 'False'],
  ['gate False', [{ type: 'gate', status: 'False' }], 'False'],
  ['gate True', [{ type: 'gate', status: 'True' }], 'True'],
])('readiness gates are judged here: %s', (_, conditions, ready) => {
  const pod = local({ conditions }, { spec: { readinessGates: [{ conditionType: 'gate' }] } });
  const all = statusFrom(remote(), pod, more).conditions ?? [];
  expect(all.filter(({ type }) => type === 'Ready')).toMatchObject([{ status: ready }]);
});

test.each<[string, object, string, number]>([
  ['first seen', {}, 'r1', 2],
  ['the same', { 'offloading.interspan.dev/remote-pod-uid': 'r1' }, 'r1', 2],
  ['made anew', { 'offloading.interspan.dev/remote-pod-uid': 'r0' }, 'r1', 3],
  [
    'made anew again',
    { 'offloading.interspan.dev/remote-pod-uid': 'r0', [recreationsAnnotation]: '4' },
    'r1',
    7,
  ],
  ['somebody wrote nonsense', { [recreationsAnnotation]: 'many' }, 'r1', 2],
])('restarts count what the provider made anew: %s', (_, annotations, uid, restartCount) => {
  const pod = local({}, { metadata: { annotations } });
  expect(statusFrom(remote({}, uid), pod, more).containerStatuses).toMatchObject([{ restartCount }]);
});

test('marks are written once, and those of an earlier Pod go', () => {
  const pod = local();
  const patch = marksPatch(pod, marksOf(pod, remote())) as { metadata: LocalPod['metadata'] };
  expect(patch).toEqual({
    metadata: {
      uid: 'u1',
      labels: { 'liqo.io/shadowPod': 'true' },
      annotations: {
        'offloading.interspan.dev/remote-pod-uid': 'r1',
        'offloading.interspan.dev/remote-pod-ip': '10.0.0.1',
        'offloading.interspan.dev/remote-node': 'real-1',
      },
    },
  });
  const marked = local({}, { metadata: patch.metadata });
  expect(marksPatch(marked, marksOf(marked, remote()))).toBeUndefined();
  const anew = remote({ podIP: '' }, 'r2');
  expect(marksPatch(marked, marksOf(marked, anew))).toMatchObject({
    metadata: {
      annotations: {
        'offloading.interspan.dev/remote-pod-uid': 'r2',
        'offloading.interspan.dev/remote-pod-ip': null,
        [recreationsAnnotation]: '1',
      },
    },
  });
});

test('a status that is there is not written again, in whatever order its conditions stand', () => {
  const wanted = statusFrom(remote(), local(), more);
  const there = local({ ...wanted, conditions: wanted.conditions?.toReversed() ?? [] });
  expect(statusPatch(there, wanted)).toBeUndefined();
  expect(statusPatch(local({ ...wanted, podIP: '10.0.0.1' }), wanted)).toEqual({ podIP: null });
  expect(statusPatch(local({ ...wanted, message: 'old' }), wanted)).toEqual({ message: null });
});

const said = { reason: 'PodRefused', message: 'no' };
test.each<[string, (pod: LocalPod, atMs: number) => PodStatus, object]>([
  ['refused', (pod, atMs) => statusRefused(pod, said, atMs), { phase: 'Pending' }],
  ['not ready', (pod, atMs) => statusNotReady(pod, said, atMs), { phase: 'Pending' }],
  ['failed', (pod, atMs) => statusFailed(pod, said, atMs), { phase: 'Failed', ...said }],
  [
    'pretended',
    (pod, atMs) => statusVirtual(pod, { hostIP: undefined, message: 'm', wallMs: atMs }),
    { phase: 'Running', containerStatuses: [{ name: 'web', ready: true }] },
  ],
])('a status of ours is said once: %s', (_, status, expected) => {
  const pod = local({ phase: 'Pending', containerStatuses: [container] });
  const wanted = status(pod, wallMs);
  expect(wanted).toMatchObject(expected);
  const times = wanted.conditions?.map((one) => one.lastTransitionTime);
  expect(new Set(times)).toEqual(new Set(['2026-01-01T00:00:00Z']));
  // An hour later, with what the API server adds.
  const conditions = wanted.conditions?.map((one) => ({ ...one, lastProbeTime: null }));
  const written = local({ ...wanted, conditions: conditions ?? [] });
  expect(statusPatch(written, status(written, wallMs + 3_600_000))).toBeUndefined();
});

test('a pod that ran and is refused now is not ready', () => {
  const pod = local(
    { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], containerStatuses: [container] },
    { metadata: { annotations: { 'offloading.interspan.dev/remote-pod-uid': 'r1' } } },
  );
  const { conditions, containerStatuses } = statusRefused(pod, said, wallMs);
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
  expect(conditions).toContainEqual(expect.objectContaining({ type: 'Offloaded', ...said }));
  expect(containerStatuses).toMatchObject([{ ready: false }]);
});
