import { expect, test } from 'vitest';
import { annotations } from '#agent/model/names.ts';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import type { Tenant } from '#core/api/offload/tenant.ts';
import { decide } from './decide.ts';
import { deletionGrace } from './deletion-grace.ts';
import type { ProvidedPod } from './pod.ts';
import { statusPatch } from './shadow-status.ts';

const shadow = (metadata: object = {}, status: object = {}): ShadowPod => ({
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'ShadowPod',
  metadata: { name: 'web', namespace: 'shop', uid: 'new', ...metadata },
  status,
});
const pod = (owner: string | undefined, phase = 'Running', metadata: object = {}): ProvidedPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    ...(owner && {
      ownerReferences: [{ apiVersion: 'x', kind: 'ShadowPod', name: 'web', uid: owner, controller: true }],
    }),
    ...metadata,
  },
  status: { phase },
});
const tenant = (tenantCondition: 'Active' | 'Cordoned' | 'Drained'): Tenant => ({
  apiVersion: 'authentication.liqo.io/v1beta1',
  kind: 'Tenant',
  metadata: { name: 'peering' },
  spec: { tenantCondition },
});
const going = { deletionTimestamp: '2026-01-01T00:00:00Z' };
const lost = { labels: { 'liqo.io/managed-by': 'shadowpod' } };
const active = tenant('Active');

test.each<[string, Partial<Parameters<typeof decide>[0]>, string]>([
  ['a new ShadowPod', { shadow: shadow() }, 'admit'],
  ['one with its Pod', { shadow: shadow(), pod: pod('new') }, 'keep'],
  ['a Pod whose ShadowPod is gone', { pod: pod('old') }, 'delete'],
  ['a Pod whose ShadowPod is going', { shadow: shadow(going), pod: pod('new') }, 'delete'],
  ['a Pod of an earlier ShadowPod', { shadow: shadow(), pod: pod('old') }, 'delete'],
  ['an earlier Pod that goes already', { shadow: shadow(), pod: pod('old', 'Running', going) }, 'nothing'],
  ['a Pod that somebody deletes', { shadow: shadow(), pod: pod('new', 'Running', going) }, 'nothing'],
  ['a Pod that somebody deleted', { shadow: shadow(), phase: 'Running' }, 'admit'],
  ['a Pod that had ended and was deleted', { shadow: shadow(), phase: 'Succeeded' }, 'nothing'],
  ['a Pod that had failed and was deleted', { shadow: shadow(), phase: 'Failed' }, 'nothing'],
  ['a stranger’s Pod alone', { pod: pod(undefined) }, 'nothing'],
  ['a stranger’s Pod of the name', { shadow: shadow(), pod: pod(undefined) }, 'NameTaken'],
  ['a tenant’s Pod that lost its owner', { pod: pod(undefined, 'Running', lost) }, 'delete'],
  ['one of a ShadowPod’s name', { shadow: shadow(), pod: pod(undefined, 'Running', lost) }, 'delete'],
  ['no Tenant', { shadow: shadow(), tenant: undefined }, 'TenantUnknown'],
  ['cordoned', { shadow: shadow(), tenant: tenant('Cordoned') }, 'TenantCordoned'],
  ['cordoned while it runs', { shadow: shadow(), pod: pod('new'), tenant: tenant('Cordoned') }, 'keep'],
  ['drained while it runs', { shadow: shadow(), pod: pod('new'), tenant: tenant('Drained') }, 'delete'],
  [
    'drained after it ended',
    { shadow: shadow(), pod: pod('new', 'Succeeded'), tenant: tenant('Drained') },
    'keep',
  ],
  ['drained before it began', { shadow: shadow(), tenant: tenant('Drained') }, 'TenantDrained'],
  ['nothing at all', {}, 'nothing'],
])('with %s', (_, facts, outcome) => {
  const step = decide({
    shadow: undefined,
    pod: undefined,
    tenant: active,
    phase: undefined,
    grace: undefined,
    ...facts,
  });
  expect(step.do === 'refuse' ? step.refusal.reason : step.do).toBe(outcome);
});

test.each<[string, Partial<Parameters<typeof decide>[0]>, object]>([
  ['of a Pod that is to go', { pod: pod('old'), grace: 5 }, { do: 'delete', grace: 5 }],
  [
    'of one that goes with more',
    { pod: pod('old', 'Running', { ...going, deletionGracePeriodSeconds: 30 }), grace: 5 },
    { do: 'delete', grace: 5 },
  ],
  [
    'of one that goes with less',
    { pod: pod('old', 'Running', { ...going, deletionGracePeriodSeconds: 2 }), grace: 5 },
    { do: 'nothing' },
  ],
])("the consumer's grace counts %s", (_, facts, step) => {
  const none = { shadow: undefined, pod: undefined, tenant: active, phase: undefined, grace: undefined };
  expect(decide({ ...none, ...facts })).toEqual(step);
});

test.each([
  ['5', 5],
  ['0', 1],
  ['99999', 3600],
  ['-1', undefined],
  ['soon', undefined],
])('a ShadowPod that says %j goes with a grace of %j', (text, grace) => {
  expect(deletionGrace(shadow({ annotations: { [annotations.deletionGrace]: text } }))).toBe(grace);
});

test.each<[string, Parameters<typeof statusPatch>, object | undefined]>([
  ['a Pod’s phase', [shadow(), pod('new'), undefined], { phase: 'Running', reason: null, message: null }],
  ['nothing that is said already', [shadow({}, { phase: 'Running' }), pod('new'), undefined], undefined],
  [
    'that a refusal is over',
    [
      shadow({}, { phase: 'Pending', reason: 'QuotaExceeded', message: 'm' }),
      pod('new', 'Pending'),
      undefined,
    ],
    { phase: 'Pending', reason: null, message: null },
  ],
  [
    'a refusal',
    [shadow(), undefined, { reason: 'QuotaExceeded', message: 'm' }],
    { phase: 'Pending', reason: 'QuotaExceeded', message: 'm' },
  ],
  ['nothing of another’s Pod', [shadow(), pod('old'), undefined], undefined],
  ['no end of a Pod that is deleted', [shadow(), pod('new', 'Failed', going), undefined], undefined],
  ['nothing where there is no Pod', [shadow({}, { phase: 'Succeeded' }), undefined, undefined], undefined],
])('a status tells %s', (_, facts, patch) => {
  expect(statusPatch(...facts)).toEqual(patch);
});
