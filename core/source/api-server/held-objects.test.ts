import { expect, test } from 'vitest';
import { type KubeObject, type Service, services } from '#core/api/kubernetes.ts';
import type { Change } from '#core/source/source.ts';
import { HeldObjects } from './held-objects.ts';

const service = (name: string, resourceVersion: string, uid = name): KubeObject =>
  ({ metadata: { namespace: 'n', name, uid, resourceVersion } }) as KubeObject;

function setUp(trim?: (object: Service) => Service) {
  const changes: string[] = [];
  const onChange = ({ type, object }: Change<Service>): void =>
    void changes.push(`${type === 'applied' ? '+' : '-'}${object.metadata.name}@${object.metadata.uid}`);
  const held = new HeldObjects<Service>({ resource: services, onChange, ...(trim ? { trim } : {}) });
  const list = (...objects: readonly KubeObject[]): void => {
    held.beginList();
    for (const object of objects) held.apply(object);
    held.endList();
  };
  return { held, changes, list };
}

test('a second list reports only what differs', () => {
  const { held, changes, list } = setUp();
  list(service('a', '1'), service('b', '2'), service('c', '3'));
  changes.length = 0;
  list(service('a', '1'), service('b', '4'), service('d', '5'));
  expect(changes).toEqual(['+b@b', '+d@d', '-c@c']);
  expect([...held.list()].map((object) => object.metadata.name)).toEqual(['a', 'b', 'd']);
});

test('an object that was deleted and made again meanwhile is both', () => {
  const { changes, list } = setUp();
  list(service('a', '1', 'first'));
  list(service('a', '9', 'second'));
  expect(changes).toEqual(['+a@first', '-a@first', '+a@second']);
});

test('an event of a version that is held already is passed over', () => {
  const { held, changes } = setUp();
  held.apply(service('a', '1'));
  held.apply(service('a', '1'));
  held.delete(service('a', '2'));
  held.delete(service('a', '2'));
  expect(changes).toEqual(['+a@a', '-a@a']);
});

test('versions are compared even when trim drops them', () => {
  const { changes, list } = setUp(({ apiVersion, kind, metadata: { name, namespace } }) => ({
    apiVersion,
    kind,
    metadata: { name, namespace: namespace as string },
  }));
  list(service('a', '1'));
  list(service('a', '1'));
  expect(changes).toEqual(['+a@undefined']);
});

test('what arrives has apiVersion and kind, no managedFields and no nulls', () => {
  const { held } = setUp();
  const object = {
    metadata: { ...service('a', '1').metadata, managedFields: [{}], labels: null },
    spec: { ports: null, type: 'ClusterIP' },
    status: null,
  } as unknown as KubeObject;
  held.apply(object);
  expect(held.get('n/a')).toEqual({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: service('a', '1').metadata,
    spec: { type: 'ClusterIP' },
  });
});
