import type { Gslb } from '#core/api/gslb/schema.ts';
import type { Ingress } from '#core/api/kubernetes.ts';
import type { GslbView, HostView } from '#sidecar/model/cluster-view.ts';
import type { HostDecision } from '#sidecar/model/host-decision.ts';

const reference = { group: 'k8gb.io', namespace: 'web', name: 'app' } as const;

export const hostView = (host: string, parts: Partial<HostView> = {}): HostView => ({
  host,
  zone: 'example.com',
  gslb: reference,
  strategy: { type: 'roundRobin' },
  ttlSeconds: 30,
  health: 'Healthy',
  addresses: ['192.0.2.1'],
  services: [{ namespace: 'web', name: 'app' }],
  ...parts,
});

export const gslbView = (hosts: readonly HostView[], parts: Partial<GslbView> = {}): GslbView => ({
  reference,
  uid: 'uid-app',
  generation: 3,
  createdAtMs: 0,
  acceptance: { accepted: true },
  hosts,
  warnings: [],
  ...parts,
});

/** `eu` answers with these; `removed` as `us: silent`. */
export const decisionOf = (
  host: string,
  healthyRecords: readonly string[],
  ...removed: readonly string[]
): HostDecision => ({
  host,
  answers: [],
  healthyRecords,
  answeringGeoTags: healthyRecords.length === 0 ? [] : ['eu'],
  steps: [
    {
      filter: 'alive',
      removed: removed.map((text) => {
        const [geoTag = '', why = ''] = text.split(': ');
        return { geoTag, why, ...(why.startsWith('silent') ? { silent: true as const } : {}) };
      }),
    },
  ],
  remarks: [],
});

export const gslb = (parts: Partial<Gslb> = {}, metadata: Partial<Gslb['metadata']> = {}): Gslb => ({
  apiVersion: 'k8gb.io/v1beta1',
  kind: 'Gslb',
  metadata: {
    name: 'app',
    namespace: 'web',
    uid: 'uid-app',
    generation: 3,
    resourceVersion: '1',
    ...metadata,
  },
  spec: { strategy: { type: 'roundRobin' }, resourceRef: { kind: 'Ingress', name: 'app' } },
  ...parts,
});

export const ingress = (annotations: Record<string, string>, parts: Partial<Ingress> = {}): Ingress => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'app', namespace: 'web', uid: 'uid-ingress', annotations },
  ...parts,
});
