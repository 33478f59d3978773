import { beforeEach, describe, expect, it } from 'vitest';
import type { GslbPolicy } from '#core/api/gslb-policy/schema.ts';
import { type PolicyVerdict, policyReconciler } from './reconcile-policy.ts';
import { type RecordingSource, recordingSource } from './recording-source.fixture.ts';
import { statusWriter } from './status-writer.ts';

const policy: GslbPolicy = {
  apiVersion: 'interspan.dev/v1alpha1',
  kind: 'GslbPolicy',
  metadata: { namespace: 'web', name: 'canary', uid: 'uid-policy', generation: 4, resourceVersion: '1' },
};
const target = { group: 'k8gb.io', kind: 'Gslb', name: 'app', attached: true, hosts: ['a.example.com'] };
const accepted: PolicyVerdict = {
  accepted: true,
  reason: 'Accepted',
  message: 'it counts for every host that it names',
  targets: [target, { ...target, name: 'gone', attached: false, hosts: [], message: 'no such Gslb' }],
  overrides: new Map([
    [
      'us',
      {
        state: 'drained',
        sinceMs: 1000,
        untilMs: Number.POSITIVE_INFINITY,
        reason: '',
        breakGlass: false,
        origin: 'GslbPolicy web/canary',
      },
    ],
  ]),
};
const conflicted: PolicyVerdict = {
  accepted: false,
  reason: 'Conflicted',
  message: 'web/older counts for app',
  targets: [],
  overrides: new Map(),
};

describe('what is written of a GslbPolicy', () => {
  let source: RecordingSource;
  let verdict: PolicyVerdict | undefined;
  let reconcile: (key: string) => Promise<void>;
  beforeEach(() => {
    source = recordingSource();
    verdict = accepted;
    reconcile = policyReconciler({
      statuses: statusWriter(source),
      tell: source.recordEvent,
      now: () => new Date(0),
      knowledge: { policy: () => policy, policyVerdict: () => verdict },
    });
  });

  it('targets, what it is attached to and overrides in force, once', async () => {
    await reconcile('web/canary');
    await reconcile('web/canary');
    expect(source.writes).toEqual(['status GslbPolicy web/canary']);
    expect(source.patches[0]).toMatchObject({
      targets: accepted.targets,
      attached: 'app',
      drained: 'us',
      overrides: [{ geoTag: 'us', state: 'Drained', since: '1970-01-01T00:00:01Z' }],
      observedGeneration: 4,
      conditions: [{ type: 'Accepted', status: 'True', reason: 'Accepted' }],
    });
  });

  it('a conflict is told, and its end', async () => {
    verdict = conflicted;
    await reconcile('web/canary');
    expect(source.writes).toEqual(['status GslbPolicy web/canary', 'event Warning Conflicted']);
    expect(source.messages).toEqual(['web/older counts for app']);
    verdict = accepted;
    await reconcile('web/canary');
    expect(source.writes.at(-1)).toBe('event Normal Accepted');
  });

  it('nothing before anything was made of it', async () => {
    verdict = undefined;
    await reconcile('web/canary');
    expect(source.writes).toEqual([]);
  });
});
