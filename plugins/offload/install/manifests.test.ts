import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestKinds } from '#plugins/offload/cluster/kinds.ts';
import { labels, product } from '#plugins/offload/cluster/names.ts';
import { filledIn, stepObjects, steps } from './manifests.ts';

const config = { clusterID: 'eu', clusterLabels: '', apiServerURL: '', gatewayAddresses: '' };

test('every part of the kustomization is a step, and nothing else', () => {
  const { resources } = parse(readFileSync('manifests/offload/kustomization.yaml', 'utf8'));
  expect([...steps].sort()).toEqual([...resources].sort());
});

test('every object can be applied, and carries the label by which uninstall knows it', () => {
  const objects = steps.flatMap(stepObjects);
  expect(objects.length).toBeGreaterThan(30);
  for (const { apiVersion, kind, metadata } of objects) {
    const resource = manifestKinds.get(kind);
    expect(resource, kind).toBeDefined();
    expect(apiVersion).toBe(resource?.group === '' ? 'v1' : `${resource?.group}/v1`);
    expect(metadata.namespace !== undefined, `${kind} ${metadata.name}`).toBe(resource?.namespaced);
    expect(metadata.labels?.[labels.partOf], `${kind} ${metadata.name}`).toBe(product);
  }
});

test('values go in; anchors are expanded; the rest stays as it is', () => {
  const [configMap] = stepObjects('config.yaml');
  expect(filledIn(configMap as never, config, 'x')).toMatchObject({ data: config });
  const [agent] = stepObjects('agent.yaml');
  const made = filledIn(agent as never, config, 'example/agent:1') as never as {
    spec: { template: { metadata: object; spec: { containers: { image: string }[] } } };
  };
  expect(made.spec.template.spec.containers.map(({ image }) => image)).toEqual(['example/agent:1']);
  expect(made.spec.template.metadata).toMatchObject({
    labels: { 'app.kubernetes.io/name': 'offload-agent' },
  });
  expect(filledIn(agent as never, config, undefined)).toBe(agent);
});
