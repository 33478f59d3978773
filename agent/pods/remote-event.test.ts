import { expect, test } from 'vitest';
import type { RecordedEvent } from '#core/source/api-server/event-recorder.ts';
import type { LocalPod, RemotePod } from './pod.ts';
import { eventBack, podOfEvent } from './remote-event.ts';

const local: LocalPod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', namespace: 'web' } };
const remote: RemotePod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', uid: 'r1' } };
const event = (more: object = {}): RecordedEvent =>
  ({
    involvedObject: { kind: 'Pod', name: 'a', uid: 'r1' },
    type: 'Warning',
    reason: 'BackOff',
    message: 'back-off',
    ...more,
  }) as unknown as RecordedEvent;

test.each<[string, object, RemotePod | undefined, object | undefined]>([
  ['a warning', {}, remote, { type: 'Warning', reason: 'BackOff', message: 'us: back-off', about: local }],
  ['before its Pod is seen', {}, undefined, { reason: 'BackOff' }],
  ['of an earlier Pod', { involvedObject: { kind: 'Pod', name: 'a', uid: 'r0' } }, remote, undefined],
  ['of a type that is not one', { type: 'Odd' }, remote, { type: 'Normal' }],
  ['without a reason', { reason: undefined }, remote, undefined],
  ['without a message', { message: undefined }, remote, { message: 'us: ' }],
])('an Event comes back: %s', (_, more, pod, expected) => {
  const back = eventBack(event(more), local, pod, 'us');
  if (expected === undefined) expect(back).toBeUndefined();
  else expect(back).toMatchObject(expected);
});

test.each<[object, string | undefined]>([
  [{}, 'a'],
  [{ involvedObject: { kind: 'ShadowPod', name: 'a' } }, undefined],
  [{ involvedObject: undefined }, undefined],
])('only Events of Pods: %j', (more, name) => {
  expect(podOfEvent(event(more))).toBe(name);
});
