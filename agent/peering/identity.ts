import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from 'node:crypto';
import { names } from '#agent/model/names.ts';
import { configMaps, namespaces, type Secret, secrets } from '#core/api/kubernetes.ts';
import { publicKeyText } from '#core/peering/seal.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { found } from '#core/source/found.ts';
import { ignoring } from '#core/source/ignoring.ts';
import type { Logger } from '#core/telemetry/logger.ts';
import { readClusterConfig } from './cluster-config.ts';
import { hasPeerings } from './has-peerings.ts';

/** Who this cluster is to others. Holds private keys: never logged. */
export interface Identity {
  readonly clusterID: string;
  /** UID of namespace kube-system: an id that nobody chooses. */
  readonly clusterUID: string;
  /** For the virtual nodes that consumers see. */
  readonly clusterLabels: Readonly<Record<string, string>>;
  /** Of this program. */
  readonly version: string;
  /** X25519, private: access tokens are sealed for it. */
  readonly encryptionKey: KeyObject;
  /** Its public half as core/peering/seal takes it. */
  readonly publicKey: string;
  readonly gateway: {
    readonly keyPem: string;
    readonly certificatePem: string;
    /** See {@link fingerprintOf}. */
    readonly fingerprint: string;
  };
}

export interface IdentityOptions {
  readonly source: Pick<ApiServerSource, 'get' | 'create' | 'patch' | 'readList'>;
  /** Of the agent. */
  readonly namespace: string;
  readonly version: string;
  readonly log: Logger;
  /** Milliseconds since 1970, for the certificate's dates. Default Date.now. */
  readonly wallClock?: () => number;
  /** How long to wait before what is not there is looked for again. Default 2 s. */
  readonly retryMs?: number;
}

/** Keys of Secret `offload-identity`; the certificate's are those of kubernetes.io/tls. */
const encryptionKeyName = 'encryption.key';
const clusterIDName = 'clusterID';

/**
 * Who this cluster is: ConfigMap `offload-cluster`, the UID of kube-system, and keys that are made on first start and
 * never again. An id stays while there are peerings under it, whatever the ConfigMap says. Waits, saying so once, while the ConfigMap is absent or of no use, or the API server is away. Rejects
 * only when the signal aborts.
 */
export async function loadIdentity(options: IdentityOptions, signal: AbortSignal): Promise<Identity> {
  const { log, retryMs = 2000 } = options;
  let said = '';
  for (;;) {
    signal.throwIfAborted();
    let trouble: string;
    try {
      const identity = await readIdentity(options);
      if (typeof identity !== 'string') return identity;
      trouble = identity;
    } catch (error) {
      signal.throwIfAborted();
      trouble = (error as Error).message;
    }
    if (trouble !== said) log.warn({}, `this cluster has no identity yet, waiting: ${trouble}`);
    said = trouble;
    await pause(retryMs, signal);
  }
}

/**
 * SHA-256 of a certificate's public key (SPKI, DER), base64url without padding: what peers pin.
 * @param certificate PEM text, or PEM or DER bytes
 * @throws Error when it is no certificate
 */
export function fingerprintOf(certificate: string | Buffer): string {
  const { publicKey } = new X509Certificate(certificate);
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

async function readIdentity(options: IdentityOptions): Promise<Identity | string> {
  const { source, namespace, version, wallClock = Date.now } = options;
  const configMap = await found(source.get(configMaps, `${namespace}/${names.clusterConfig}`));
  const hint = `set it: kubectl -n ${namespace} edit configmap ${names.clusterConfig}`;
  if (configMap === undefined) return `ConfigMap ${names.clusterConfig} is not there; ${hint}`;
  const config = readClusterConfig(configMap);
  if (typeof config === 'string') return `ConfigMap ${names.clusterConfig}: ${config}; ${hint}`;
  const { uid = '' } = (await source.get(namespaces, 'kube-system')).metadata;
  const key = `${namespace}/${names.identitySecret}`;
  const secret =
    (await found(source.get(secrets, key))) ??
    (await createdOrFound(source, key, await newKeys(namespace, config.clusterID, wallClock)));
  const keys = readKeys(secret);
  if (keys === undefined)
    return `Secret ${names.identitySecret} lacks keys or they cannot be read; restore it, or delete it and peer anew`;
  const clusterID = await settledID(options, secret, config.clusterID);
  return { ...config, clusterID, clusterUID: uid, version, ...keys };
}

/**
 * The id that the ConfigMap says, unless this cluster has peerings under another: names of twin namespaces come from
 * it, so that a change would end all that runs elsewhere.
 */
async function settledID(
  { source, namespace }: Pick<IdentityOptions, 'source' | 'namespace'>,
  { metadata, data }: Secret,
  configured: string,
): Promise<string> {
  const kept = Buffer.from(data?.[clusterIDName] ?? '', 'base64').toString('utf8');
  if (kept === configured) return kept;
  if (kept !== '' && (await hasPeerings(source, namespace))) return kept;
  const value = Buffer.from(configured).toString('base64');
  await source.patch(secrets, `${namespace}/${metadata.name}`, { data: { [clusterIDName]: value } });
  return configured;
}

async function newKeys(namespace: string, clusterID: string, wallClock: () => number): Promise<Secret> {
  // Needed once in the life of a cluster, and large.
  const { createGatewayCertificate } = await import('./gateway-certificate.ts');
  const { keyPem, certificatePem } = await createGatewayCertificate(clusterID, new Date(wallClock()));
  const encryption = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  const base64 = (text: string | Buffer): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { namespace, name: names.identitySecret },
    type: 'Opaque',
    data: {
      [clusterIDName]: base64(clusterID),
      [encryptionKeyName]: base64(encryption),
      'tls.key': base64(keyPem),
      'tls.crt': base64(certificatePem),
    },
  };
}

/** Another replica may have been first: its keys are the cluster's. */
async function createdOrFound(
  source: Pick<ApiServerSource, 'get' | 'create'>,
  key: string,
  secret: Secret,
): Promise<Secret> {
  return (await ignoring('conflict', source.create(secrets, secret))) ?? source.get(secrets, key);
}

function readKeys({
  data = {},
}: Secret): Pick<Identity, 'encryptionKey' | 'publicKey' | 'gateway'> | undefined {
  const text = (name: string): string => Buffer.from(data[name] ?? '', 'base64').toString('utf8');
  const keyPem = text('tls.key');
  const certificatePem = text('tls.crt');
  try {
    const encryptionKey = createPrivateKey(text(encryptionKeyName));
    createPrivateKey(keyPem);
    return {
      encryptionKey,
      publicKey: publicKeyText(createPublicKey(encryptionKey)),
      gateway: { keyPem, certificatePem, fingerprint: fingerprintOf(certificatePem) },
    };
  } catch {
    // The caller says what to do.
    return undefined;
  }
}
