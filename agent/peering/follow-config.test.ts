import { expect, test } from 'vitest';
import type { KubeObject } from '#core/api/kubernetes.ts';
import type { Source } from '#core/source/source.ts';
import { followConfig } from './follow-config.ts';

type Change = { readonly type: 'added' | 'updated' | 'deleted'; readonly object: KubeObject };

/** What is called when the ConfigMap changes as given, in turn. */
function changesSeen(...changes: readonly (readonly [Change['type'], Readonly<Record<string, string>>])[]) {
  let seen = 0;
  const watch = ({ onChange }: { onChange: (change: Change) => void }) => {
    for (const [type, data] of changes) {
      const metadata = { namespace: 'sys', name: 'offload-cluster' };
      onChange({ type, object: { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject });
    }
    return { synced: Promise.resolve() };
  };
  const say = () => undefined;
  followConfig(
    {
      source: { watch } as unknown as Pick<Source, 'watch'>,
      namespace: 'sys',
      identity: { clusterID: 'eu', clusterLabels: { region: 'eu' } },
      log: { debug: say, info: say, warn: say, error: say },
      onChange: () => seen++,
    },
    new AbortController().signal,
  );
  return seen;
}

const same = { clusterID: 'eu', clusterLabels: 'region=eu' };

test.each([
  ['nothing that matters', [['added', same]], 0],
  ['addresses of the gateway', [['updated', { ...same, gatewayAddresses: 'gw:1' }]], 0],
  ['an id that cannot be one', [['updated', { ...same, clusterID: 'E U' }]], 0],
  ['the end of it', [['deleted', { ...same, clusterID: 'us' }]], 0],
  ['another id', [['updated', { ...same, clusterID: 'us' }]], 1],
  ['other labels', [['updated', { ...same, clusterLabels: 'region=us' }]], 1],
  [
    'two changes: one is enough',
    [
      ['updated', { clusterID: 'us' }],
      ['updated', { clusterID: 'ap' }],
    ],
    1,
  ],
] as const)('a new beginning is asked for by another id or other labels: %s', (_, changes, times) => {
  expect(changesSeen(...changes)).toBe(times);
});
