import { expect, test } from 'vitest';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import { decide, type TwinView, type View } from './decide.ts';
import type { LocalPod, RemotePod } from './pod.ts';

const wallMs = Date.parse('2026-01-01T00:00:00Z');
const pod = (metadata: object = {}, phase = 'Pending'): LocalPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'n', uid: 'u1', ...metadata },
  status: { phase },
});
const sent = { annotations: { 'offloading.interspan.dev/remote-pod-uid': 'r1' } };
const deleted = (agoMs: number) => ({ deletionTimestamp: new Date(wallMs - agoMs).toISOString() });
const daemonSet = {
  ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'd', uid: 'd1', controller: true }],
};
const shadow = (uid: string | undefined, more: Partial<ShadowPod> = {}): ShadowPod => ({
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'ShadowPod',
  metadata: { name: 'a', namespace: 't', uid: 's1' },
  spec: uid === undefined ? {} : { consumerPodUID: uid },
  ...more,
});
const going: Partial<ShadowPod> = {
  metadata: { name: 'a', namespace: 't', uid: 's1', ...deleted(0) },
};
const copy = (uid: string, phase = 'Running'): RemotePod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'a',
    namespace: 't',
    uid: 'r1',
    annotations: { 'offloading.interspan.dev/consumer-pod-uid': uid },
  },
  status: { phase },
});
const owned: RemotePod = {
  ...copy('u1'),
  metadata: {
    name: 'a',
    ownerReferences: [{ apiVersion: 'x/v1', kind: 'ShadowPod', name: 'a', uid: 's1' }],
  },
};
const there = (twin: Partial<TwinView> = {}): TwinView => ({
  ready: true,
  shadow: undefined,
  remote: undefined,
  ...twin,
});

const decided = (view: Partial<View>) =>
  decide({
    local: undefined,
    twin: undefined,
    reachable: true,
    pairsKnown: true,
    twinRemoved: false,
    offloaded: true,
    wallMs,
    ...view,
  });

test.each<[string, Partial<View>, object]>([
  // With a twin.
  ['a new pod is sent', { local: pod(), twin: there() }, { do: 'send' }],
  [
    'its Pod is followed',
    { local: pod(), twin: there({ shadow: shadow('u1'), remote: copy('u1') }) },
    { do: 'follow' },
  ],
  [
    'a Pod without our annotation is known by its owner',
    { local: pod(), twin: there({ shadow: shadow('u1'), remote: owned }) },
    { do: 'follow' },
  ],
  [
    'until it has one nothing is said',
    { local: pod(), twin: there({ shadow: shadow('u1') }) },
    { do: 'keep' },
  ],
  [
    'a refusal is told',
    { local: pod(), twin: there({ shadow: shadow('u1', { status: { reason: 'PodRefused' } }) }) },
    { do: 'refused' },
  ],
  [
    'a refusal that a Pod has overtaken is not',
    {
      local: pod(),
      twin: there({ shadow: shadow('u1', { status: { reason: 'PodRefused' } }), remote: copy('u1') }),
    },
    { do: 'follow' },
  ],
  [
    'a Pod that was there and is not is awaited',
    { local: pod(sent, 'Running'), twin: there({ shadow: shadow('u1') }) },
    { do: 'awaitRemote' },
  ],
  [
    'the ShadowPod of an earlier pod of the name goes',
    { local: pod(), twin: there({ shadow: shadow('u0'), remote: copy('u0') }) },
    { do: 'dropShadow', orphan: false },
  ],
  [
    'so does one of nobody',
    { local: pod(), twin: there({ shadow: shadow(undefined) }) },
    { do: 'dropShadow', orphan: false },
  ],
  [
    'one that is going is waited for',
    { local: pod(), twin: there({ shadow: shadow('u0', going) }) },
    { do: 'nothing' },
  ],
  ['and its Pod too', { local: pod(), twin: there({ remote: copy('u0') }) }, { do: 'nothing' }],
  // Ended.
  ['what has ended is not sent', { local: pod({}, 'Succeeded'), twin: there() }, { do: 'nothing' }],
  [
    'what has ended on both sides stays, for its logs',
    { local: pod({}, 'Succeeded'), twin: there({ shadow: shadow('u1'), remote: copy('u1', 'Succeeded') }) },
    { do: 'nothing' },
  ],
  [
    'what has ended here does not run on there',
    { local: pod({}, 'Failed'), twin: there({ shadow: shadow('u1'), remote: copy('u1') }) },
    { do: 'dropShadow', orphan: false },
  ],
  [
    'nor again',
    { local: pod({}, 'Succeeded'), twin: there({ shadow: shadow('u1') }) },
    { do: 'dropShadow', orphan: false },
  ],
  // Being deleted.
  [
    'deletion begins there',
    { local: pod(deleted(0)), twin: there({ shadow: shadow('u1'), remote: copy('u1') }) },
    { do: 'dropShadow', orphan: false },
  ],
  [
    'what its containers end with is told',
    { local: pod(deleted(0)), twin: there({ remote: copy('u1', 'Failed') }) },
    { do: 'follow' },
  ],
  [
    'an ended pod waits for its Pod to go',
    { local: pod(deleted(0), 'Failed'), twin: there({ remote: copy('u1', 'Failed') }) },
    { do: 'nothing' },
  ],
  [
    'it goes here when it is gone there',
    { local: pod(deleted(0)), twin: there() },
    { do: 'removeLocal', tombstone: false },
  ],
  [
    "an earlier pod's Pod does not hold it up",
    { local: pod(deleted(0)), twin: there({ remote: copy('u0') }) },
    { do: 'removeLocal', tombstone: false },
  ],
  [
    'an unreachable provider is waited for',
    { local: pod(deleted(29_000)), twin: there({ shadow: shadow('u1') }), reachable: false },
    { do: 'nothing', againAfterMs: 1000 },
  ],
  [
    'but not for ever',
    { local: pod(deleted(30_000)), twin: there({ shadow: shadow('u1') }), reachable: false },
    { do: 'removeLocal', tombstone: true },
  ],
  [
    'nor is a list that does not come',
    { local: pod(deleted(31_000)), twin: there({ ready: false }) },
    { do: 'removeLocal', tombstone: true },
  ],
  [
    'an unreadable time does not hold it up',
    { local: pod({ deletionTimestamp: 'soon' }), reachable: false, twin: there() },
    { do: 'removeLocal', tombstone: true },
  ],
  [
    'before the pairs are told it may have a twin',
    { local: pod(deleted(0)), pairsKnown: false },
    { do: 'nothing', againAfterMs: 30_000 },
  ],
  ['without a twin it goes', { local: pod(deleted(0)) }, { do: 'removeLocal', tombstone: false }],
  [
    'with its twin removed and the provider away it leaves a tombstone',
    { local: pod({ ...sent, ...deleted(40_000) }), reachable: false },
    { do: 'removeLocal', tombstone: true },
  ],
  // Without a twin.
  ['a pod waits for its twin', { local: pod() }, { do: 'nothing' }],
  [
    'a namespace that is not offloaded fails it',
    { local: pod(), offloaded: false },
    { do: 'fail', reason: 'NotOffloaded', confirm: true },
  ],
  [
    'one that was, and is not any longer, aborts it',
    { local: pod(sent, 'Running'), offloaded: false },
    { do: 'fail', reason: 'OffloadingAborted', confirm: true },
  ],
  [
    'so does a twin that was taken away',
    { local: pod({}, 'Running'), twinRemoved: true },
    { do: 'fail', reason: 'OffloadingAborted', confirm: false },
  ],
  [
    'nothing is concluded before the pairs are told',
    { local: pod(sent, 'Running'), offloaded: false, pairsKnown: false },
    { do: 'nothing' },
  ],
  ['what has ended is left alone', { local: pod({}, 'Failed'), offloaded: false }, { do: 'nothing' }],
  // The provider away.
  [
    'nothing happens to a pod while the provider is away',
    { local: pod(sent, 'Running'), twin: there({ shadow: shadow('u1') }), reachable: false },
    { do: 'nothing' },
  ],
  [
    'nor before what is there is known',
    { local: pod(sent, 'Running'), twin: there({ ready: false }) },
    { do: 'nothing' },
  ],
  // No pod.
  ['an orphan goes', { twin: there({ shadow: shadow('u1') }) }, { do: 'dropShadow', orphan: true }],
  [
    'an orphan that is going is waited for',
    { twin: there({ shadow: shadow('u1', going) }) },
    { do: 'nothing' },
  ],
  [
    'none is judged before the lists are read',
    { twin: there({ ready: false, shadow: shadow('u1') }) },
    { do: 'nothing' },
  ],
  ['nothing is nothing', {}, { do: 'nothing' }],
  // DaemonSets.
  [
    "a DaemonSet's pod is not sent, wherever it is",
    { local: pod(daemonSet), twin: there(), offloaded: false },
    { do: 'pretend' },
  ],
  [
    'and goes at once',
    { local: pod({ ...daemonSet, ...deleted(-100_000) }), reachable: false },
    { do: 'removeLocal', tombstone: false },
  ],
])('%s', (_, view, step) => {
  const taken = decided(view);
  expect(taken).toMatchObject(step);
  if (!('againAfterMs' in step)) expect(taken).not.toHaveProperty('againAfterMs');
});
