import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ZoneDelegation } from '#core/api/zone-delegation/schema.ts';
import { SourceError } from '#core/source/errors.ts';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import { neverPassedText, probeNeverPassed } from '#sidecar/model/probe-remark.ts';
import { decisionOf, gslb, gslbView, hostView } from './gslb.fixture.ts';
import { type RecordingSource, recordingSource } from './recording-source.fixture.ts';
import { type Publisher, startPublisher } from './start-publisher.ts';

const names = ['a', 'b', 'c'];
const keyOf = (name: string) => `k8gb.io/web/${name}`;
const nameOf = (key: string) => key.slice(keyOf('').length);
const zone = { name: 'example.com', parent: 'com', negativeTtlSeconds: 30 };
const delegation: ZoneDelegation = {
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'ZoneDelegation',
  metadata: { name: 'example', uid: 'uid-zone', generation: 1 },
  spec: { loadBalancedZone: 'Example.com.', parentZone: 'com', dnsZoneNegTTL: 30, doFinalize: false },
};

describe('the publisher', () => {
  let source: RecordingSource;
  let ending: AbortController;
  let writer: boolean;
  let said: string[];
  let publisher: Publisher;
  let restarted: Set<string>;
  let warnings: GslbView['warnings'];
  beforeEach(() => {
    vi.useFakeTimers();
    source = recordingSource();
    ending = new AbortController();
    writer = true;
    said = [];
    restarted = new Set();
    warnings = [];
    const views = () =>
      names.map((name) => [keyOf(name), gslbView([hostView(`${name}.example.com`)], { warnings })] as const);
    publisher = startPublisher(
      {
        source,
        ingressGslbGroup: 'k8gb.io',
        members: {
          view: () => ({ geoTag: 'eu', hosts: new Map(), clusters: new Map() }),
          peers: () => [],
          cluster: (name) => ({
            apiVersion: 'interspan.dev/v1alpha1',
            kind: 'GslbCluster',
            metadata: { name, uid: `uid-${name}`, generation: 1 },
          }),
          clustersListed: () => true,
        },
        isWriter: () => writer,
        now: () => new Date(0),
        random: () => 0,
        log: {
          warn: (_fields, message) => said.push(`warn ${message}`),
          info: (_fields, message) => said.push(`info ${message}`),
        },
        knowledge: {
          view: () => ({
            geoTag: 'eu',
            zones: [zone],
            gslbs: new Map(views()),
            hosts: new Map(),
            clusters: new Map(),
            dnsAddresses: [],
          }),
          gslb: (key) => gslb({}, { name: nameOf(key), uid: key }),
          ingress: () => undefined,
          annotatedIngress: () => undefined,
          decision: (host) => decisionOf(host, ['192.0.2.1']),
          probesUndecided: (key) => restarted.has(key),
          zoneDelegations: () => [delegation],
          refusedZones: () => new Map(),
          hold: () => undefined,
        },
      },
      ending.signal,
    );
  });
  afterEach(() => {
    ending.abort();
    vi.useRealTimers();
  });
  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  const statuses = () => source.writes.filter((write) => write.startsWith('status')).length;

  it('writes nothing while another replica is the writer, and all when it has become the writer', async () => {
    writer = false;
    publisher.touch(names.map(keyOf));
    await settle();
    expect(source.writes).toEqual([]);
    writer = true;
    publisher.touch(names.map(keyOf));
    await settle();
    expect(statuses()).toBe(3);
  });

  it('writes nothing of probes that have never passed after a restart, until it is known that they pass', async () => {
    const message = (why: string) => neverPassedText('probe tcp:80 of 192.0.2.1', why, 'open the port');
    const remark = (why: string) => [{ reason: probeNeverPassed, message: message(why) }];
    const touchAll = () => publisher.touch(names.map(keyOf));
    warnings = remark('connection refused');
    touchAll();
    await settle(1_000);
    source.writes.length = 0;
    // As one that starts sees it, and then as it does after 30 s.
    for (const name of names) restarted.add(keyOf(name));
    warnings = [];
    touchAll();
    await settle(10_000);
    expect(source.writes).toEqual([]);
    restarted.clear();
    warnings = remark('no answer in 500 ms');
    touchAll();
    await settle(60_000);
    expect(source.writes).toEqual([]);
    for (const name of names) restarted.add(keyOf(name));
    warnings = [];
    touchAll();
    await settle(10_000);
    // They pass, and nobody touches anything for it.
    restarted.clear();
    await settle(30_000);
    expect(statuses()).toBe(3);
  });

  it('writes nothing in ten minutes in which everything is looked at again each second', async () => {
    const touchAll = () => {
      publisher.touch(names.map(keyOf));
      publisher.touchZones();
      publisher.touchMembers(['eu']);
    };
    touchAll();
    await settle(1_000);
    const before = source.writes.length;
    expect(source.writes).toContain('status GslbCluster eu');
    for (let second = 0; second < 600; second++) {
      touchAll();
      await settle(1_000);
    }
    expect(source.writes.length).toBe(before);
  });

  it('writes nothing a second time', async () => {
    publisher.touch(names.map(keyOf));
    await settle();
    publisher.touch(names.map(keyOf));
    await settle(60_000);
    expect(statuses()).toBe(3);
  });

  it('says an outage of the API server once, tries until it ends, and says that it has', async () => {
    source.fail = new SourceError('unavailable', 'connection refused');
    publisher.touch(names.map(keyOf));
    await settle(20_000);
    expect(said).toEqual(['warn the API server takes no writes; they are tried again until it does']);
    source.fail = undefined;
    await settle(30_000);
    expect(statuses()).toBe(3);
    expect(said.slice(1)).toEqual(['info the API server takes writes again']);
  });

  it('says nothing of a write that an early second try mends', async () => {
    source.fail = new SourceError('notFound', 'just deleted');
    publisher.touch([keyOf('a')]);
    await settle();
    source.fail = undefined;
    await settle(1_000);
    expect([statuses(), said]).toEqual([1, []]);
  });

  it('says of an object that cannot be written what is wrong once, and that it was mended', async () => {
    source.fail = new SourceError('forbidden', 'may not');
    publisher.touch([keyOf('a')]);
    await settle(20_000);
    expect(said).toEqual(['warn an object cannot be written; it is tried again']);
    source.fail = undefined;
    await settle(30_000);
    expect(said.slice(1)).toEqual(['info the object is written after all']);
  });

  it('writes statuses though events cannot be recorded, and says so once', async () => {
    source.failEvents = new SourceError('forbidden', 'may not');
    publisher.touch(names.map(keyOf));
    await settle(60_000);
    expect(statuses()).toBe(3);
    expect(said).toEqual(['warn events cannot be recorded; those of this time are lost']);
  });

  it('writes the status of ZoneDelegations, whatever the spelling of the zone', async () => {
    publisher.touchZones();
    publisher.touchZones();
    await settle();
    expect(source.writes).toEqual(['status ZoneDelegation example']);
    expect(source.patches[0]).toMatchObject({ conditions: [{ type: 'Accepted', status: 'True' }] });
  });

  it('writes nothing after the end', async () => {
    ending.abort();
    publisher.touch(names.map(keyOf));
    await settle(60_000);
    expect(source.writes).toEqual([]);
  });
});
