import { expect, test } from 'vitest';
import { annotations, labels } from '#agent/model/names.ts';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { endpointOriginLabel } from '#core/api/offload/endpoint-origin.ts';
import { isCleared } from './is-cleared.ts';

const object = (kind: string, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'shop', namespace: 'shop', ...metadata },
});
/** A namespace that holds these; the selector of slices is heeded. */
const holding = (...held: readonly KubeObject[]) => ({
  readList: async <T extends KubeObject>(
    { kind }: Resource<T>,
    options: { readonly labelSelector?: string } = {},
  ) =>
    held.filter(
      (each) =>
        each.kind === kind &&
        (options.labelSelector === undefined || each.metadata.labels?.[options.labelSelector] !== undefined),
    ) as readonly KubeObject[] as readonly T[],
});
const noted = { annotations: { [annotations.remoteAddresses]: '{"us":["192.0.2.1"]}' } };
const elsewhere = object('EndpointSlice', { labels: { [endpointOriginLabel]: 'us' } });

test.each<[string, readonly KubeObject[], boolean]>([
  ['nothing', [], true],
  ['what people have', [object('Service'), object('Ingress'), object('EndpointSlice')], true],
  ['a slice that leads elsewhere', [elsewhere], false],
  ['a Service with addresses at a provider', [object('Service', noted)], false],
  ['an Ingress with addresses at a provider', [object('Ingress', noted)], false],
])('a namespace that holds %s', async (_, held, want) => {
  expect(await isCleared(holding(...held), object('Namespace'))).toBe(want);
});

test('slices in a namespace that is a consumer’s twin as well are no reason to wait', async () => {
  const twin = object('Namespace', { labels: { [labels.tenantOfTwin]: 'liqo-tenant-x' } });
  expect(await isCleared(holding(elsewhere), twin)).toBe(true);
  expect(await isCleared(holding(object('Service', noted)), twin)).toBe(false);
});
