import { expect, test } from 'vitest';
import type { ConfigMap, KubeObject } from '#core/api/kubernetes.ts';
import { type FollowConfigOptions, followConfig } from './follow-config.ts';

type Data = Readonly<Record<string, string>>;
type Change = { readonly type: 'applied' | 'deleted'; readonly object: ConfigMap };

/** A follower of a ConfigMap, in a cluster whose peerings are a list that may change. */
function follower(peerings: string[] = []) {
  const ending = new AbortController();
  const events: string[] = [];
  let times = 0;
  let change: (change: Change) => void = () => undefined;
  const source = {
    watch: ({ onChange }: { onChange: (change: Change) => void }) => {
      change = onChange;
      return { synced: Promise.resolve() };
    },
    readList: async ({ plural }: { plural: string }): Promise<KubeObject[]> =>
      plural === 'secrets'
        ? peerings.map((name) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name } }))
        : [],
    recordEvent: async ({ reason }: { reason: string }) => void events.push(reason),
  } as unknown as FollowConfigOptions['source'];
  const say = () => undefined;
  followConfig(
    {
      source,
      namespace: 'sys',
      identity: { clusterID: 'eu', clusterLabels: { region: 'eu' } },
      log: { debug: say, info: say, warn: say, error: say },
      onChange: () => {
        times++;
        ending.abort();
      },
      againMs: 1,
    },
    ending.signal,
  );
  return {
    events,
    times: () => times,
    say: (data: Data, type: Change['type'] = 'applied') => {
      const metadata = { namespace: 'sys', name: 'offload-cluster' };
      change({ type, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } });
    },
    end: () => ending.abort(),
  };
}

const same = { clusterID: 'eu', clusterLabels: 'region=eu' };
const other = { ...same, clusterID: 'us' };

test.each([
  ['what is the same', same, 'applied'],
  ['addresses of the gateway', { ...same, gatewayAddresses: 'gw:1' }, 'applied'],
  ['an id that cannot be one', { ...same, clusterID: 'E U' }, 'applied'],
  ['the end of it', other, 'deleted'],
] as const)('nothing begins anew for %s', async (_, data, type) => {
  const { say, times, end } = follower();
  say(data, type);
  await new Promise(setImmediate);
  end();
  expect(times()).toBe(0);
});

test.each([
  ['another id', [], other],
  ['other labels', ['peering-us'], { ...same, clusterLabels: 'region=us' }],
])('%s: all begins anew, once', async (_, peerings, data) => {
  const { say, times } = follower(peerings);
  say(data);
  await expect.poll(times).toBe(1);
});

test('an id under which there are peerings stays until they have ended, and an event says so', async () => {
  const peerings = ['peering-us'];
  const { say, times, events } = follower(peerings);
  say(other);
  await expect.poll(() => events).toEqual(['ClusterIDKept']);
  expect(times()).toBe(0);
  peerings.length = 0;
  await expect.poll(times).toBe(1);
  expect(events).toHaveLength(1);
});
