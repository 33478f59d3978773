import { expect, test } from 'vitest';
import { annotations, labels } from '#agent/model/names.ts';
import type { Namespace } from '#core/api/kubernetes.ts';
import { judgeMappings, type MappingQuestion } from './judge-mapping.ts';

const twin = (name: string, local: string, owner = 'liqo-tenant-a', deleted = false): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: { [labels.tenantOfTwin]: owner },
    annotations: { [annotations.originalNamespace]: local },
    ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
  },
});
const plain: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'plain-cons' } };

function judged(
  desired: Record<string, string>,
  there: readonly Namespace[] = [],
  more: Partial<MappingQuestion> = {},
): Record<string, string> {
  const answers = judgeMappings({
    desired,
    tenantNamespace: 'liqo-tenant-a',
    consumer: 'cons',
    allowed: ['podinfo', 'team-*', 'kube-*', 'default', 'offload-system', 'liqo-tenant-*'],
    agentNamespace: 'offload-system',
    namespaceOf: (name) => there.find(({ metadata }) => metadata.name === name),
    ...more,
  });
  return Object.fromEntries(
    answers.map((answer) => [answer.local, answer.kind === 'refuse' ? answer.refusal.reason : answer.kind]),
  );
}

test.each([
  ['web', 'web-cons', 'make'],
  ['web', 'podinfo', 'make'],
  ['web', 'team-a', 'make'],
  ['web', 'web-other', 'NotGranted'],
  ['web', 'other-cons', 'NotGranted'],
  ['web', 'web', 'NotGranted'],
  ['web', 'kube-system', 'Reserved'],
  ['web', 'kube-anything', 'Reserved'],
  ['web', 'default', 'Reserved'],
  ['web', 'offload-system', 'Reserved'],
  ['web', 'liqo-tenant-a', 'Reserved'],
  ['kube', 'kube-cons', 'Reserved'],
  ['web', 'Web-cons', 'InvalidName'],
  ['web', 'team-/../x', 'InvalidName'],
  ['web', '', 'InvalidName'],
  ['', '-cons', 'InvalidName'],
  ['a/b', 'podinfo', 'InvalidName'],
  ['a'.repeat(60), `${'a'.repeat(60)}-cons`, 'InvalidName'],
])('%s as %s: %s', (local, remote, kind) => {
  expect(judged({ [local]: remote })[local]).toBe(kind);
});

test('a namespace that is there is kept only if it was made for this mapping', () => {
  expect(judged({ web: 'web-cons' }, [twin('web-cons', 'web')])).toEqual({ web: 'keep' });
  expect(judged({ web: 'web-cons' }, [twin('web-cons', 'other')])).toEqual({ web: 'NamespaceExists' });
  expect(judged({ web: 'web-cons' }, [twin('web-cons', 'web', 'liqo-tenant-b')])).toEqual({
    web: 'NamespaceExists',
  });
  expect(judged({ plain: 'plain-cons' }, [plain])).toEqual({ plain: 'NamespaceExists' });
  expect(judged({ web: 'web-cons' }, [twin('web-cons', 'web', 'liqo-tenant-a', true)])).toEqual({
    web: 'NamespaceTerminating',
  });
});

test('of two for one twin who has it keeps it, else the first by name gets it', () => {
  const both = { a: 'podinfo', b: 'podinfo' };
  expect(judged(both)).toEqual({ a: 'make', b: 'MappedTwice' });
  expect(judged(both, [twin('podinfo', 'b')])).toEqual({ a: 'MappedTwice', b: 'keep' });
  // One that is not granted takes nothing from another.
  expect(judged({ a: 'b-cons', b: 'b-cons' })).toEqual({ a: 'NotGranted', b: 'make' });
});

test('while nothing new is admitted what is there stays', () => {
  const desired = { web: 'web-cons', api: 'api-cons' };
  expect(judged(desired, [twin('web-cons', 'web')], { cordon: 'Drained' })).toEqual({
    web: 'keep',
    api: 'Drained',
  });
});
