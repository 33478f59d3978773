import { beforeEach, describe, expect, it } from 'vitest';
import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress } from '#core/api/kubernetes.ts';
import { SourceError } from '#core/source/errors.ts';
import type { GslbView } from '#sidecar/model/cluster-view.ts';
import { decisionOf, gslb, gslbView, hostView, ingress } from './gslb.fixture.ts';
import { gslbReconciler } from './reconcile-gslb.ts';
import { type RecordingSource, recordingSource } from './recording-source.fixture.ts';
import { statusWriter } from './status-writer.ts';

const key = 'k8gb.io/web/app';
const host = 'app.example.com';
const annotated = { 'k8gb.io/strategy': 'roundRobin' };
const rules = [{ host, http: { paths: [] } }];
const embedded = (spec: object = {}, metadata: Partial<Gslb['metadata']> = {}): Gslb =>
  gslb({ spec: { strategy: { type: 'roundRobin' }, ingress: { rules, ...spec } } }, metadata);

describe('what is written of a Gslb', () => {
  let source: RecordingSource;
  let known: {
    gslb: Gslb | undefined;
    ingress: Ingress | undefined;
    /** Whether the Ingress asks for a Gslb. */
    wanting: boolean;
    view: GslbView | undefined;
    records: string[];
  };
  let reconcile: ReturnType<typeof gslbReconciler>;
  beforeEach(() => {
    source = recordingSource();
    known = { gslb: undefined, ingress: undefined, wanting: false, view: undefined, records: ['192.0.2.1'] };
    reconcile = gslbReconciler({
      source,
      statuses: statusWriter(source),
      tell: source.recordEvent,
      ingressGslbGroup: 'k8gb.io',
      now: () => new Date('2026-01-01T00:00:00.123Z'),
      knowledge: {
        view: () => ({
          geoTag: 'eu',
          zones: [],
          gslbs: new Map(known.view === undefined ? [] : [[key, known.view]]),
          hosts: new Map(),
          clusters: new Map(),
          dnsAddresses: [],
        }),
        gslb: () => known.gslb,
        ingress: () => known.ingress,
        annotatedIngress: () => (known.wanting ? known.ingress : undefined),
        decision: (name) => decisionOf(name, known.records),
      },
    });
  });
  /** What the watch shows once the writes so far have arrived. */
  const arrive = () => {
    const made = source.applied.findLast(({ kind }) => kind === 'Gslb') as Gslb | undefined;
    if (made !== undefined) known.gslb = { ...made, metadata: { ...made.metadata, uid: 'uid-app' } };
    const kept = source.applied.findLast(({ kind }) => kind === 'Ingress') as Ingress | undefined;
    if (kept !== undefined) known.ingress = { ...kept, metadata: { ...kept.metadata, uid: 'uid-ingress' } };
    source.writes.length = 0;
  };

  describe('its status', () => {
    beforeEach(() => {
      known.gslb = gslb();
      known.view = gslbView([hostView(host)]);
    });

    it('is written once, with an event, and not again while the watch lags', async () => {
      await reconcile(key);
      await reconcile(key);
      expect(source.writes).toEqual(['status Gslb web/app', 'event Normal TargetsChanged']);
      expect(source.patches[0]).toMatchObject({
        geoTag: 'eu',
        healthyRecords: { [host]: ['192.0.2.1'] },
        conditions: [
          { type: 'Accepted', lastTransitionTime: '2026-01-01T00:00:00Z' },
          { type: 'Ready' },
          { type: 'Degraded' },
        ],
      });
    });

    it('is not written when the object has it already', async () => {
      await reconcile(key);
      known.gslb = { ...gslb(), status: source.patches[0] as never };
      known.gslb = { ...known.gslb, metadata: { ...known.gslb.metadata, resourceVersion: '2' } };
      source.writes.length = 0;
      await reconcile(key);
      expect(source.writes).toEqual([]);
    });

    it('is written again when somebody else overwrote it', async () => {
      await reconcile(key);
      const status = { ...(source.patches[0] as NonNullable<Gslb['status']>), geoTag: 'us' };
      known.gslb = { ...gslb({}, { resourceVersion: '2' }), status };
      await reconcile(key);
      expect(source.patches[1]).toEqual({ geoTag: 'eu' });
    });

    it('only says what changed', async () => {
      await reconcile(key);
      known.records = [];
      await reconcile(key);
      expect(Object.keys(source.patches[1] as object)).toEqual([
        'healthyRecords',
        'health',
        'targets',
        'conditions',
      ]);
      expect(source.writes.at(-1)).toBe('event Warning TargetsChanged');
    });

    it('is tried again when it could not be written, and its event told then', async () => {
      source.fail = new SourceError('unavailable', 'away');
      await expect(reconcile(key)).rejects.toThrow('away');
      source.fail = undefined;
      await reconcile(key);
      expect(source.writes).toEqual(['status Gslb web/app', 'event Normal TargetsChanged']);
    });
  });

  describe('the object itself', () => {
    beforeEach(() => {
      known.ingress = ingress(annotated);
      known.wanting = true;
    });

    it('is made for an annotated Ingress that has none, owned by it and referring to it', async () => {
      known.ingress = ingress({
        ...annotated,
        'k8gb.io/strategy': 'failover',
        'k8gb.io/primary-geotag': 'us',
        'k8gb.io/dns-ttl-seconds': '5',
        'k8gb.io/exposed-ip-addresses': '192.0.2.7',
        'nginx.ingress.kubernetes.io/rewrite-target': '/',
      });
      await reconcile(key);
      expect(source.writes).toEqual(['apply Gslb web/app']);
      expect(source.applied[0]).toEqual({
        apiVersion: 'k8gb.io/v1beta1',
        kind: 'Gslb',
        metadata: {
          name: 'app',
          namespace: 'web',
          annotations: {
            'k8gb.io/exposed-ip-addresses': '192.0.2.7',
            'gslb.interspan.dev/applied': expect.stringMatching(/^[0-9a-f]{16}$/),
          },
          ownerReferences: [
            { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'app', uid: 'uid-ingress' },
          ],
        },
        spec: {
          strategy: { type: 'failover', primaryGeoTag: 'us', dnsTtlSeconds: 5 },
          resourceRef: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'app', namespace: 'web' },
        },
      });
    });

    it('is not written again when it stands, nor for what a user added to it', async () => {
      await reconcile(key);
      arrive();
      const made = known.gslb as Gslb;
      known.gslb = {
        ...made,
        metadata: {
          ...made.metadata,
          labels: { mine: 'too' },
          ownerReferences: [
            { apiVersion: 'v1', kind: 'Other', name: 'o', uid: 'uid-other' },
            ...(made.metadata.ownerReferences ?? []),
          ],
        },
        spec: { ...(made.spec as NonNullable<Gslb['spec']>), serviceHealthPolicy: 'All' },
      };
      await reconcile(key);
      expect(source.writes).toEqual([]);
    });

    it.each([
      ['an annotation changes', { ...annotated, 'k8gb.io/dns-ttl-seconds': '7' }],
      ['an annotation goes', { 'k8gb.io/strategy': 'roundRobin' }],
    ])('is written again when %s', async (_title, annotations) => {
      known.ingress = ingress({ ...annotated, 'k8gb.io/exposed-ip-addresses': '192.0.2.7' });
      await reconcile(key);
      arrive();
      known.ingress = ingress(annotations);
      await reconcile(key);
      expect(source.writes).toEqual(['apply Gslb web/app']);
      expect(source.applied.at(-1)?.metadata.annotations).not.toHaveProperty('k8gb.io/exposed-ip-addresses');
    });

    it.each(['30s', '-1', '1.5', '2147483648', '0', ''])('has the default TTL for "%s"', async (ttl) => {
      known.ingress = ingress({ ...annotated, 'k8gb.io/dns-ttl-seconds': ttl });
      await reconcile(key);
      expect((source.applied[0] as Gslb).spec?.strategy.dnsTtlSeconds).toBe(30);
    });

    it('stays as it is when it was made by hand, and is not deleted with the annotation', async () => {
      known.gslb = gslb();
      await reconcile(key);
      known.wanting = false;
      await reconcile(key);
      expect(source.writes).toEqual([]);
    });

    it('is deleted when its Ingress no longer asks for it, and nothing is written of it then', async () => {
      await reconcile(key);
      arrive();
      known.wanting = false;
      known.view = gslbView([hostView(host)]);
      await reconcile(key);
      expect(source.writes).toEqual(['delete Gslb web/app uid-app']);
    });

    it('is not deleted when somebody else made it for the Ingress', async () => {
      const owner = { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', name: 'app', uid: 'uid-ingress' };
      known.gslb = gslb({}, { ownerReferences: [owner] });
      known.wanting = false;
      await reconcile(key);
      expect(source.writes).toEqual([]);
    });

    it('is left to the garbage collector when the Ingress is gone, or is another of that name', async () => {
      await reconcile(key);
      arrive();
      known.wanting = false;
      known.ingress = undefined;
      await reconcile(key);
      known.ingress = ingress({}, { metadata: { name: 'app', namespace: 'web', uid: 'uid-new' } });
      await reconcile(key);
      expect(source.writes).toEqual([]);
    });

    it('that the API server will never take is told to the Ingress, not tried again', async () => {
      source.fail = new SourceError('invalid', 'spec.strategy.primaryGeoTag: no');
      await reconcile(key);
      expect(source.messages).toEqual(['Gslb app cannot be written: spec.strategy.primaryGeoTag: no']);
    });
  });

  describe('its embedded Ingress', () => {
    beforeEach(() => {
      known.gslb = embedded();
      known.view = gslbView([hostView(host)]);
    });
    const ofIngress = () => source.writes.filter((write) => write.includes('Ingress'));

    it('is made, with the label of k8gb, its default backend and the annotations that are about it', async () => {
      const annotations = {
        'nginx.ingress.kubernetes.io/rewrite-target': '/',
        'k8gb.io/exposed-ip-addresses': '192.0.2.7',
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
      };
      const backend = { service: { name: 'app', port: { number: 80 } } };
      known.gslb = embedded({ backend, ingressClassName: 'nginx' }, { annotations });
      await reconcile(key);
      expect(source.applied[0]).toEqual({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: {
          name: 'app',
          namespace: 'web',
          labels: { 'app.k8gb.io/managed-by': 'gslb' },
          annotations: {
            'nginx.ingress.kubernetes.io/rewrite-target': '/',
            'gslb.interspan.dev/applied': expect.any(String),
          },
          ownerReferences: [{ apiVersion: 'k8gb.io/v1beta1', kind: 'Gslb', name: 'app', uid: 'uid-app' }],
        },
        spec: { rules, ingressClassName: 'nginx', defaultBackend: backend },
      });
    });

    it('is not written again when it stands, with what the API server and others added', async () => {
      await reconcile(key);
      arrive();
      const made = known.ingress as Ingress;
      known.ingress = { ...made, spec: { ...made.spec, ingressClassName: 'default' } };
      await reconcile(key);
      expect(ofIngress()).toEqual([]);
    });

    it('is written again when a rule goes', async () => {
      known.gslb = embedded({ rules: [...rules, { host: 'b.example.com', http: { paths: [] } }] });
      await reconcile(key);
      arrive();
      known.gslb = embedded();
      await reconcile(key);
      expect(ofIngress()).toEqual(['apply Ingress web/app']);
    });

    it('that k8gb made is taken over', async () => {
      const labels = { 'app.k8gb.io/managed-by': 'gslb' };
      known.ingress = ingress({}, { metadata: { name: 'app', namespace: 'web', labels } });
      await reconcile(key);
      expect(ofIngress()).toEqual(['apply Ingress web/app']);
    });

    it('does not replace an Ingress that somebody else made, and says so', async () => {
      known.ingress = ingress({});
      await reconcile(key);
      expect(ofIngress()).toEqual(['event Warning IngressNotOurs']);
    });

    it('is not made for a Gslb that is refused', async () => {
      const acceptance = { accepted: false, reason: 'HostConflict', message: 'taken' } as const;
      known.view = gslbView([], { acceptance });
      await reconcile(key);
      expect(ofIngress()).toEqual([]);
    });

    it('is none of ours where the Gslb refers to one', async () => {
      known.gslb = gslb({
        spec: { strategy: { type: 'roundRobin' }, ingress: { rules }, resourceRef: { name: 'x' } },
      });
      await reconcile(key);
      expect(ofIngress()).toEqual([]);
    });
  });
});
