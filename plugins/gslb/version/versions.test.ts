import { expect, test } from 'vitest';
import type { ClusterVersions } from './facts.ts';
import { structuredVersions, versionsText } from './render-versions.ts';
import { skewWarnings } from './skew.ts';

const eu: ClusterVersions = {
  context: 'gslb-eu',
  pods: { ready: 2, total: 2, images: ['interspan/gslb-sidecar:v0.1.0'] },
  sidecar: 'v0.1.0',
  crds: { 'zonedelegations.k8gb.io': ['v1beta1'], 'gslbs.k8gb.io': ['v1beta1'] },
  warnings: [],
};
const bare: ClusterVersions = {
  context: 'gslb-us',
  pods: { ready: 0, total: 0, images: [] },
  crds: {},
  warnings: [],
};
const closed: ClusterVersions = {
  context: 'ap',
  pods: { ready: 1, total: 2, images: ['x'] },
  warnings: ['y'],
};

test('a row per cluster; what is not there, and what may not be seen', () => {
  expect(versionsText('v0.1.0', [eu, bare, closed], (_, text) => text)).toBe(`\
Client Version: v0.1.0

CLUSTER   SIDECAR     READY   IMAGE                           CRDS
gslb-eu   v0.1.0      2/2     interspan/gslb-sidecar:v0.1.0   gslbs.k8gb.io/v1beta1,zonedelegations.k8gb.io/v1beta1
gslb-us   <none>      0/0     <none>                          <none>
ap        <unknown>   1/2     x                               <unknown>
`);
});

test('without clusters only the client', () => {
  expect(versionsText('v0.1.0', [], (_, text) => text)).toBe('Client Version: v0.1.0\n');
  expect(structuredVersions('v0.1.0')).not.toHaveProperty('clusters');
  expect(structuredVersions('v0.1.0', [eu])).toHaveProperty('clusters', [eu]);
});

test.each([
  ['v0.1.0', 'v0.1.9', 0],
  ['v0.1.0', '0.1.2-rc.1', 0],
  ['v0.1.0', 'v0.2.0', 1],
  ['v1.1.0', 'v0.1.0', 1],
  ['from-source', 'v0.2.0', 0],
  ['v0.1.0', 'from-source', 0],
])('plugin %s and sidecar %s: %i warnings', (client, sidecar, count) => {
  const warnings = skewWarnings(client, [{ ...eu, sidecar }, bare]);
  expect(warnings).toHaveLength(count);
  if (count > 0) expect(warnings[0]).toContain(`context gslb-eu runs gslb-sidecar ${sidecar}`);
});
