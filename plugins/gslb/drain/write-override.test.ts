import { expect, test } from 'vitest';
import type { GslbCluster } from '#core/api/gslb-cluster/schema.ts';
import { inForce } from './write-override.ts';

type Status = NonNullable<GslbCluster['status']>;
const until = '2026-11-21T14:00:00Z';
const wanted = { state: 'Drained', until, reason: 'kernel', breakGlass: false } as const;
const reported = { state: 'Drained', since: until, until, reason: 'kernel' };
const object = (status: Status | undefined): GslbCluster => ({
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbCluster',
  metadata: { name: 'us', generation: 2 },
  ...(status !== undefined && { status: { observedGeneration: 2, ...status } }),
});

test.each([
  ['the drain as wanted', wanted, { override: reported }, true],
  [
    'the same end, written otherwise',
    wanted,
    { override: { ...reported, until: '2026-11-21T15:00:00+01:00' } },
    true,
  ],
  ['an older generation', wanted, { override: reported, observedGeneration: 1 }, false],
  ['no status', wanted, undefined, false],
  ['no drain', wanted, {}, false],
  ['a drain with another end', wanted, { override: { ...reported, until: '2026-11-21T15:00:00Z' } }, false],
  ['a drain with another reason', wanted, { override: { ...reported, reason: 'disk' } }, false],
  ['no drain, where none is wanted', null, {}, true],
  ['a drain, where none is wanted', null, { override: reported }, false],
])('%s', (_title, override, status, done) => {
  expect('done' in inForce(object(status), override)).toBe(done);
});
