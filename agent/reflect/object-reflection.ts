import { labels } from '#agent/model/names.ts';
import type { ProviderLink } from '#agent/model/provider-link.ts';
import type { ReconcileResult } from '#core/kube/keyed-queue.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { SourceError } from '#core/source/errors.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { type Destination, desiredAtProvider } from './desired.ts';
import { repair } from './drift.ts';
import { failureReason } from './failure-reason.ts';
import type { FollowedPair } from './followed-pair.ts';
import {
  type Reflected,
  type ReflectedKind,
  reflectedResources,
  remoteAddressesAnnotation,
  secretRecordName,
} from './reflected.ts';
import { statusAddresses, withRemoteAddresses } from './remote-addresses.ts';

export interface ObjectReflectionOptions {
  readonly source: Pick<ApiServerSource, 'patch' | 'recordEvent'>;
  readonly link: Pick<ProviderLink, 'clusterID' | 'remote'>;
  readonly clusterID: string;
  readonly log: Logger;
}

export interface ObjectReflection {
  reconcile(kind: ReflectedKind, name: string, pair: FollowedPair): Promise<ReconcileResult | undefined>;
  /** Takes back what local objects say of addresses at the provider. Never rejects. */
  forgetAddresses(pair: FollowedPair): Promise<void>;
}

/** How often an object that stands in the way is looked at again. */
const occupiedMs = 2_000;
/** Secrets at the provider cannot be watched; so often they are compared. */
const secretCheckMs = 600_000;

/** Brings single objects at a provider to their wanted state. */
export function objectReflection(options: ObjectReflectionOptions): ObjectReflection {
  const { source, link, clusterID, log } = options;
  const { remote } = link;
  /** What the provider's API server makes of an object that it does not keep as sent: no reason to send it again. */
  const accepted = new Map<
    string,
    { readonly desired: string; readonly resourceVersion: string | undefined }
  >();
  const noted = new Set<string>();

  async function reconcile(
    kind: ReflectedKind,
    name: string,
    pair: FollowedPair,
  ): Promise<ReconcileResult | undefined> {
    if (kind === 'ConfigMap' && name === secretRecordName) return undefined;
    const local = pair.localObject(kind, name);
    const to: Destination = { origin: clusterID, destination: link.clusterID, namespace: pair.remote };
    const desired = local === undefined ? { notes: [] } : desiredAtProvider(kind, local, to);
    for (const { reason, message } of desired.notes) {
      if (local !== undefined) await tellOnce(local, 'Warning', reason, message);
    }
    let result: ReconcileResult | undefined;
    try {
      result =
        desired.object === undefined
          ? await remove(kind, name, pair)
          : await write(kind, desired.object, pair, local as Reflected);
    } catch (error) {
      if (local !== undefined) await tellFailure(kind, local, error);
      throw error;
    }
    if (local !== undefined && (kind === 'Ingress' || kind === 'Service')) {
      const addresses = desired.object === undefined ? [] : statusAddresses(pair.remoteObject(kind, name));
      await annotate(kind, local, addresses);
    }
    return result;
  }

  async function write(
    kind: ReflectedKind,
    desired: Reflected,
    pair: FollowedPair,
    local: Reflected,
  ): Promise<ReconcileResult | undefined> {
    const resource = reflectedResources[kind];
    const { name } = desired.metadata;
    if (kind === 'Secret' && !pair.recordedSecrets().has(name)) await record(pair, name);
    let held = pair.remoteObject(kind, name);
    if (held === undefined) {
      try {
        await remote.create(resource, desired);
        await tellOnce(
          local,
          'Normal',
          'SuccessfulReflection',
          `Successfully reflected object to cluster "${link.clusterID}"`,
        );
        return again(kind);
      } catch (error) {
        if (!isCode(error, 'conflict')) throw error;
        held = await readThere(kind, name, pair);
        if (held === undefined) throw error;
      }
    }
    if (!isOurs(held)) {
      const message = `Error reflecting object to cluster "${link.clusterID}": remote object already exists`;
      await source.recordEvent({ type: 'Warning', reason: 'FailedReflection', message, about: local });
      return { requeueAfterMs: occupiedMs };
    }
    await mend(kind, held, desired, pair);
    return again(kind);
  }

  async function mend(
    kind: ReflectedKind,
    held: Reflected,
    desired: Reflected,
    pair: FollowedPair,
  ): Promise<void> {
    const resource = reflectedResources[kind];
    const key = `${pair.remote}/${desired.metadata.name}`;
    // It goes; when it is gone it is made anew.
    if (held.metadata.deletionTimestamp !== undefined) return;
    const what = repair(kind, held, desired);
    const text = JSON.stringify(desired);
    switch (what.kind) {
      case 'none':
        accepted.delete(`${kind}|${key}`);
        return;
      case 'recreate': {
        const { uid } = held.metadata;
        await remote.delete(resource, key, uid === undefined ? {} : { uid });
        await remote.create(resource, desired);
        return;
      }
      case 'replace': {
        const before = accepted.get(`${kind}|${key}`);
        if (before?.desired === text && before.resourceVersion === held.metadata.resourceVersion) return;
        const after = await replace(kind, what.object, desired, pair);
        if (after !== undefined && repair(kind, after, desired).kind === 'replace') {
          accepted.set(`${kind}|${key}`, { desired: text, resourceVersion: after.metadata.resourceVersion });
        }
      }
    }
  }

  /** One who wrote meanwhile is read, once; more is for the next try. */
  async function replace(
    kind: ReflectedKind,
    object: Reflected,
    desired: Reflected,
    pair: FollowedPair,
  ): Promise<Reflected | undefined> {
    const resource = reflectedResources[kind];
    try {
      return await remote.replace(resource, object);
    } catch (error) {
      if (!isCode(error, 'conflict')) throw error;
      const newer = await readThere(kind, desired.metadata.name, pair);
      if (newer === undefined || !isOurs(newer)) throw error;
      const what = repair(kind, newer, desired);
      if (what.kind === 'none') return newer;
      if (what.kind === 'recreate') throw error;
      return remote.replace(resource, what.object);
    }
  }

  async function remove(kind: ReflectedKind, name: string, pair: FollowedPair): Promise<undefined> {
    const recorded = kind === 'Secret' && pair.recordedSecrets().has(name);
    const held =
      kind === 'Secret' ? recorded && (await readThere(kind, name, pair)) : pair.remoteObject(kind, name);
    if (held && isOurs(held)) {
      const { uid } = held.metadata;
      try {
        await remote.delete(
          reflectedResources[kind],
          `${pair.remote}/${name}`,
          uid === undefined ? {} : { uid },
        );
      } catch (error) {
        // Another of the name by now: its watch event brings us back.
        if (!isCode(error, 'conflict')) throw error;
      }
    }
    if (recorded)
      await remote.patch(reflectedResources.ConfigMap, `${pair.remote}/${secretRecordName}`, {
        data: { [name]: null },
      });
    accepted.delete(`${kind}|${pair.remote}/${name}`);
    return undefined;
  }

  /**
   * The object there, whosever it is. Secrets may not be read by a consumer; a patch that changes nothing is answered
   * with the object all the same, and refused by the provider's guards for one that is not ours.
   */
  async function readThere(
    kind: ReflectedKind,
    name: string,
    pair: FollowedPair,
  ): Promise<Reflected | undefined> {
    const resource = reflectedResources[kind];
    const key = `${pair.remote}/${name}`;
    try {
      return await (kind === 'Secret' ? remote.getByPatch(resource, key) : remote.get(resource, key));
    } catch (error) {
      if (isCode(error, 'notFound')) return undefined;
      const kept = kind === 'Secret' && (isCode(error, 'invalid') || isCode(error, 'forbidden'));
      if (kept) return { apiVersion: 'v1', kind, metadata: { name, namespace: pair.remote } };
      throw error;
    }
  }

  /** Before the Secret is written: one that is recorded and was never written does no harm. */
  async function record(pair: FollowedPair, name: string): Promise<void> {
    const resource = reflectedResources.ConfigMap;
    try {
      await remote.patch(resource, `${pair.remote}/${secretRecordName}`, { data: { [name]: '' } });
    } catch (error) {
      if (!isCode(error, 'notFound')) throw error;
      await remote.create(resource, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: secretRecordName,
          namespace: pair.remote,
          labels: { [labels.origin]: clusterID, [labels.destination]: link.clusterID },
        },
        data: { [name]: '' },
      });
    }
  }

  async function annotate(
    kind: ReflectedKind,
    local: Reflected,
    addresses: readonly string[],
  ): Promise<void> {
    const value = withRemoteAddresses(local, link.clusterID, addresses);
    if (value === undefined) return;
    const { namespace, name, resourceVersion } = local.metadata;
    try {
      await source.patch(reflectedResources[kind], `${namespace}/${name}`, {
        metadata: { resourceVersion, annotations: { [remoteAddressesAnnotation]: value } },
      });
    } catch (error) {
      // Gone is fine; a newer version is on its way to us, and brings us back.
      if (!isCode(error, 'notFound') && !isCode(error, 'conflict')) throw error;
    }
  }

  const isOurs = ({ metadata }: Reflected): boolean => metadata.labels?.[labels.origin] === clusterID;
  const again = (kind: ReflectedKind): ReconcileResult | undefined =>
    kind === 'Secret' ? { requeueAfterMs: secretCheckMs } : undefined;

  async function tellOnce(
    about: Reflected,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): Promise<void> {
    const once = `${about.metadata.uid}|${reason}`;
    if (noted.has(once)) return;
    noted.add(once);
    await source.recordEvent({ type, reason, message, about }).catch((error: unknown) => {
      log.warn({ error, reason }, 'an event was not recorded');
    });
  }

  /** In the provider's words, where it is the provider who refuses. */
  async function tellFailure(kind: ReflectedKind, about: Reflected, error: unknown): Promise<void> {
    if (!(error instanceof SourceError) || error.retryable) return;
    const message = `Error reflecting object to cluster "${link.clusterID}": ${error.message}`;
    await source
      .recordEvent({ type: 'Warning', reason: failureReason(kind, error.message), message, about })
      .catch((cause: unknown) => {
        log.warn({ error: cause }, 'an event was not recorded');
      });
  }

  async function forgetAddresses(pair: FollowedPair): Promise<void> {
    for (const kind of ['Ingress', 'Service'] as const) {
      for (const local of pair.localObjects(kind)) {
        await annotate(kind, local, []).catch((error: unknown) => {
          log.debug({ error, namespace: pair.local }, 'addresses at a provider stay noted');
        });
      }
    }
  }

  return { reconcile, forgetAddresses };
}

function isCode(error: unknown, code: SourceError['code']): boolean {
  return error instanceof SourceError && error.code === code;
}
