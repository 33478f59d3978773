import { expect, test } from 'vitest';
import { type EndingPeer, ending } from './end-offloading.ts';

const deletedAt = Date.parse('2026-01-01T00:00:00Z');
const offloading = {
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'NamespaceOffloading',
  metadata: { name: 'offloading', namespace: 'a', deletionTimestamp: '2026-01-01T00:00:00Z' },
};
const peer = (more: Partial<EndingPeer> = {}): EndingPeer => ({
  clusterID: 'us',
  twin: { remoteNamespace: 'a-eu', phase: 'Accepted' },
  asked: false,
  away: undefined,
  given: false,
  ...more,
});
const after = (seconds: number, ...peers: readonly EndingPeer[]) =>
  ending(offloading, peers, deletedAt + seconds * 1000);
const gone = { twin: undefined };
const emptied = { remoteNamespace: 'a-eu', phase: 'Terminating' } as const;

test.each([
  ['nobody has a twin', after(0, peer(gone)), { kind: 'end', left: [] }],
  [
    'nobody has a twin, rooms have the pair',
    after(0, peer({ ...gone, given: true })),
    { kind: 'wait', afterMs: 20_000 },
  ],
  ['no provider', after(0), { kind: 'end', left: [] }],
  ['a twin', after(2, peer()), { kind: 'wait', afterMs: 18_000 }],
  ['a twin that is empty and about to be gone', after(0, peer({ twin: emptied })), { kind: 'end', left: [] }],
  [
    'the same, asked for again',
    after(5, peer({ twin: emptied, asked: true })),
    { kind: 'wait', afterMs: 15_000 },
  ],
  ['not written yet', after(5, peer({ ...gone, asked: true })), { kind: 'wait', afterMs: 15_000 }],
])('%s', (_, found, want) => expect(found).toEqual(want));

test('a provider that is away is noted, not waited for; nor one that keeps what is not ours', () => {
  const away = peer({ away: 'no answer of 10.1.1.1:6443' });
  expect(after(2, away)).toEqual({
    kind: 'end',
    left: ['namespace "a-eu" at cluster "us" is ended when that answers again: no answer of 10.1.1.1:6443'],
  });
  const kept = peer({
    twin: {
      remoteNamespace: 'a',
      phase: 'Terminating',
      reason: 'ForeignObjectsLeft',
      message: 'ConfigMap x',
    },
  });
  expect(after(2, kept)).toEqual({
    kind: 'end',
    left: ['namespace "a" remains at cluster "us": ConfigMap x'],
  });
  expect(after(2, kept, peer())).toMatchObject({ kind: 'wait' });
});

test('after 20 s it ends whatever the providers say', () => {
  expect(after(20, peer({ given: true }))).toMatchObject({
    kind: 'end',
    left: [expect.stringContaining('not confirmed')],
  });
});

test('what ended while no agent ran has its time all the same', () => {
  const began = deletedAt + 60_000;
  const at = (seconds: number) => ending(offloading, [peer()], began + seconds * 1000, began);
  expect(at(1)).toEqual({ kind: 'wait', afterMs: 19_000 });
  expect(at(5)).toEqual({ kind: 'wait', afterMs: 15_000 });
  expect(at(20)).toMatchObject({ kind: 'end' });
});
