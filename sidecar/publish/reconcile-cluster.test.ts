import { beforeEach, describe, expect, it } from 'vitest';
import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import type { ClusterNotes } from '#sidecar/model/cluster-view.ts';
import type { Override } from '#sidecar/model/override.ts';
import type { PeerView } from '#sidecar/model/peer-view.ts';
import { hostView } from './gslb.fixture.ts';
import { clusterReconciler } from './reconcile-cluster.ts';
import { type RecordingSource, recordingSource } from './recording-source.fixture.ts';
import { statusWriter } from './status-writer.ts';

const objectOf = (name: string, parts: Partial<GslbCluster> = {}): GslbCluster => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbCluster',
  metadata: { name, uid: `uid-${name}`, generation: 2, resourceVersion: '1' },
  ...parts,
});
const drain: Override = {
  state: 'drained',
  sinceMs: 1000,
  untilMs: Number.POSITIVE_INFINITY,
  reason: 'maintenance',
  breakGlass: false,
  origin: 'GslbCluster us',
};
const us = (parts: Partial<PeerView> = {}): PeerView => ({
  geoTag: 'us',
  state: 'answering',
  hosts: new Map([['a.example.com', ['198.51.100.1']]]),
  ...parts,
});

describe('what is written of the members of the fleet', () => {
  let source: RecordingSource;
  let known: {
    objects: Map<string, GslbCluster>;
    clusters: Map<string, ClusterNotes>;
    peers: PeerView[];
    listed: boolean;
  };
  let reconcile: (name: string) => Promise<void>;
  beforeEach(() => {
    source = recordingSource();
    known = { objects: new Map(), clusters: new Map(), peers: [us()], listed: true };
    const hosts = [
      hostView('a.example.com'),
      hostView('b.example.com', { health: 'Unhealthy' }),
      hostView('c.example.com', { addresses: [] }),
    ];
    reconcile = clusterReconciler({
      source,
      statuses: statusWriter(source),
      tell: source.recordEvent,
      now: () => new Date(5000),
      knowledge: {
        view: () => ({
          geoTag: 'eu',
          hosts: new Map(hosts.map((host) => [host.host, host])),
          clusters: known.clusters,
        }),
        peers: () => known.peers,
        cluster: (name) => known.objects.get(name),
        clustersListed: () => known.listed,
      },
    });
  });
  /** What the watch shows once the last write has arrived; a merge patch drops what is null. */
  const arrive = (name: string) => {
    const [patch] = source.patches.splice(0);
    const before = known.objects.get(name);
    const merged = Object.entries({ ...before?.status, ...(patch as object) }).filter(([, v]) => v !== null);
    const resourceVersion = String(Number(before?.metadata.resourceVersion) + 1);
    known.objects.set(name, {
      ...objectOf(name),
      metadata: { ...objectOf(name).metadata, resourceVersion },
      status: Object.fromEntries(merged),
    });
    source.writes.length = 0;
  };

  it('each member that has no object gets one, with an empty spec', async () => {
    for (const name of ['eu', 'us']) await reconcile(name);
    expect(source.writes).toEqual(['apply GslbCluster undefined/eu', 'apply GslbCluster undefined/us']);
    expect(source.applied[1]).toEqual({
      apiVersion: 'interspan.dev/v1alpha1',
      kind: 'GslbCluster',
      metadata: { name: 'us' },
      spec: {},
    });
  });

  it.each([
    ['somebody who is no member', 'za', true],
    ['anybody before the objects were listed', 'us', false],
    ['a geotag that no object can be called by', 'us.west', true],
  ])('nothing is made for %s', async (_title, name, listed) => {
    known.listed = listed;
    known.peers = [us(), us({ geoTag: 'us.west' })];
    await reconcile(name);
    expect(source.writes).toEqual([]);
  });

  it.each([
    ['this cluster', 'eu', [], 'Own', 1, 'True Own'],
    ['a peer that answers', 'us', [us()], 'Answering', 1, 'True Answering'],
    ['a peer that refuses', 'us', [us({ state: 'refusing' })], 'Refusing', 1, 'False Refusing'],
    [
      'a silent peer, whose hosts are withdrawn',
      'us',
      [us({ state: 'silent' })],
      'Silent',
      0,
      'False Silent',
    ],
    [
      'a peer never heard',
      'us',
      [us({ state: 'unknown', hosts: new Map() })],
      'Unknown',
      0,
      'Unknown NotHeard',
    ],
    ['an object that names no member', 'us', [], 'Unknown', 0, 'Unknown NotAMember'],
  ])('the status of %s', async (_title, name, peers, state, hosts, ready) => {
    known.peers = peers;
    known.objects.set(name, objectOf(name));
    await reconcile(name);
    expect(source.patches[0]).toMatchObject({ state, hosts, observedGeneration: 2 });
    const { conditions } = source.patches[0] as NonNullable<GslbCluster['status']>;
    expect(conditions?.map(({ type, status, reason }) => `${type} ${status} ${reason}`)).toEqual([
      `Ready ${ready}`,
      'Drained False NoOverride',
    ]);
  });

  it('a drain is shown with its time and end, told once, and taken away when it ends', async () => {
    known.objects.set('us', objectOf('us'));
    await reconcile('us');
    arrive('us');
    known.clusters.set('us', { override: { ...drain, untilMs: 60_000 } });
    await reconcile('us');
    await reconcile('us');
    expect(source.patches[0]).toMatchObject({
      override: {
        state: 'Drained',
        since: '1970-01-01T00:00:01Z',
        until: '1970-01-01T00:01:00Z',
        reason: 'maintenance',
      },
    });
    expect(source.writes).toEqual(['status GslbCluster us', 'event Normal Drained']);
    expect(source.messages.at(-1)).toBe('maintenance, until 1970-01-01T00:01:00Z (GslbCluster us)');
    arrive('us');

    known.clusters.set('us', { override: drain });
    await reconcile('us');
    expect(source.patches[0]).toMatchObject({ override: { until: null } });
    source.patches.length = 0;
    source.writes.length = 0;

    known.clusters.clear();
    await reconcile('us');
    expect(source.patches[0]).toMatchObject({ override: null });
    expect(source.writes).toEqual(['status GslbCluster us', 'event Normal DrainEnded']);
    await reconcile('us');
    arrive('us');
    await reconcile('us');
    expect(source.writes).toEqual([]);
  });

  it('the word of a peer about itself is shown while its object here says nothing', async () => {
    known.objects.set('us', objectOf('us'));
    known.peers = [us({ override: { ...drain, origin: 'us itself' } })];
    await reconcile('us');
    expect(source.patches[0]).toMatchObject({ override: { state: 'Drained' } });
  });

  it('a member that falls silent and comes back is told', async () => {
    known.objects.set('us', objectOf('us'));
    await reconcile('us');
    arrive('us');
    known.peers = [us({ state: 'silent' })];
    await reconcile('us');
    expect(source.writes).toEqual(['status GslbCluster us', 'event Warning Silent']);
    arrive('us');
    known.peers = [us()];
    await reconcile('us');
    expect(source.writes).toEqual(['status GslbCluster us', 'event Normal Answering']);
  });
});
