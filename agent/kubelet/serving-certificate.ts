import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension } from '@peculiar/x509';
import type { KubeObject, Resource } from '#core/api/kubernetes.ts';
import { pause } from '#core/source/api-server/pause.ts';
import type { ApiServerSource } from '#core/source/api-server/source.ts';
import { KubeletError } from './errors.ts';

/** A key (PKCS #8) and its certificate, PEM: secret. */
export interface ServingCertificate {
  readonly keyPem: string;
  readonly certificatePem: string;
}

interface CertificateSigningRequest extends KubeObject {
  readonly spec: {
    /** PEM in base64. */
    readonly request: string;
    readonly signerName: string;
    readonly usages: readonly string[];
  };
  readonly status?: {
    /** PEM in base64. */
    readonly certificate?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
      readonly lastUpdateTime?: string;
    }[];
  };
}

const signingRequests: Resource<CertificateSigningRequest> = {
  group: 'certificates.k8s.io',
  version: 'v1',
  kind: 'CertificateSigningRequest',
  plural: 'certificatesigningrequests',
  namespaced: false,
};

const namePrefix = 'offload-kubelet-';
/** By these, and the prefix of their names, the agent knows its own requests. */
const ownLabels = {
  'app.kubernetes.io/part-of': 'interspan',
  'app.kubernetes.io/component': 'offload-kubelet',
} as const;
const signerName = 'kubernetes.io/kubelet-serving';
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const askEveryMs = 250;
/** 30 s. */
const askTimes = 120;

export interface ServingCertificateOptions {
  readonly source: Pick<ApiServerSource, 'create' | 'delete' | 'get' | 'readList' | 'request'>;
  /** Of any one virtual node of this agent: API servers check the addresses only. */
  readonly nodeName: string;
  /** IP addresses by which API servers reach this endpoint; at least one. */
  readonly addresses: readonly string[];
  /** Where it survives a restart: a Secret that only the agent reads. */
  readonly store: {
    get(): Promise<ServingCertificate | undefined>;
    put(certificate: ServingCertificate): Promise<void>;
  };
  /** Milliseconds since 1970. */
  readonly wallClock: () => number;
}

/**
 * The certificate of the kubelet endpoint, by the cluster's own signer (kubernetes.io/kubelet-serving), for API servers
 * that verify kubelets. The stored one as long as it names every address and less than two thirds of its life are
 * over; else a new one: requested, approved by ourselves, waited for 30 s, stored. To be called again every now and
 * then, and when the addresses change. A request is deleted once its certificate is
 * stored, one that failed with the next try: until then it can be looked at. @throws KubeletError `signingRefused` or `signingSilent`, SourceError
 */
export async function ensureServingCertificate(
  options: ServingCertificateOptions,
  signal: AbortSignal,
): Promise<ServingCertificate> {
  const { source, nodeName, addresses, store, wallClock } = options;
  const stored = await store.get();
  if (stored !== undefined && isGood(stored, options)) return stored;
  await deleteEarlier(source);
  const { keyPem, request } = await makeRequest(nodeName, addresses);
  const name = `${namePrefix}${nodeName.slice(0, 200)}-${randomBytes(5).toString('hex')}`;
  const created = await source.create(signingRequests, {
    apiVersion: 'certificates.k8s.io/v1',
    kind: 'CertificateSigningRequest',
    metadata: { name, labels: ownLabels },
    spec: {
      request: Buffer.from(request).toString('base64'),
      signerName,
      usages: ['digital signature', 'server auth'],
    },
  });
  await approve(source, created, wallClock());
  const certificatePem = await issued(source, name, signal);
  const certificate = { keyPem, certificatePem };
  await store.put(certificate);
  await deleteRequest(source, created);
  return certificate;
}

/** What attempts of before left, of this agent or of one that ended in the middle. */
async function deleteEarlier(source: Pick<ApiServerSource, 'delete' | 'readList'>): Promise<void> {
  const labelSelector = Object.entries(ownLabels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const earlier = await source.readList(signingRequests, { labelSelector });
  for (const request of earlier) {
    if (request.metadata.name.startsWith(namePrefix)) await deleteRequest(source, request);
  }
}

async function deleteRequest(
  source: Pick<ApiServerSource, 'delete'>,
  { metadata }: CertificateSigningRequest,
): Promise<void> {
  const { name, uid } = metadata;
  await source.delete(signingRequests, name, uid === undefined ? {} : { uid });
}

/** Whether a stored certificate will do: ours, of that node, for all addresses, in the first two thirds of its life. */
export function isGood(
  { keyPem, certificatePem }: ServingCertificate,
  { nodeName, addresses, wallClock }: Pick<ServingCertificateOptions, 'nodeName' | 'addresses' | 'wallClock'>,
): boolean {
  try {
    const certificate = new X509Certificate(certificatePem);
    const from = certificate.validFromDate.getTime();
    const life = certificate.validToDate.getTime() - from;
    const age = wallClock() - from;
    return (
      certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
      certificate.subject.split('\n').includes(`CN=${commonName(nodeName)}`) &&
      addresses.every((address) => certificate.checkIP(address) !== undefined) &&
      age >= 0 &&
      age < (life * 2) / 3
    );
  } catch {
    // Mangled in the store: as good as none.
    return false;
  }
}

async function makeRequest(
  nodeName: string,
  addresses: readonly string[],
): Promise<{ readonly keyPem: string; readonly request: string }> {
  if (addresses.length === 0 || !addresses.every((address) => isIP(address) !== 0))
    throw new TypeError('a kubelet certificate is for one or more IP addresses');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: [{ O: ['system:nodes'] }, { CN: [commonName(nodeName)] }],
    keys,
    signingAlgorithm: algorithm,
    extensions: [new SubjectAlternativeNameExtension(addresses.map((value) => ({ type: 'ip', value })))],
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return {
    keyPem: `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`,
    request: request.toString('pem'),
  };
}

async function approve(
  source: Pick<ApiServerSource, 'request'>,
  created: CertificateSigningRequest,
  nowMs: number,
): Promise<void> {
  const { name } = created.metadata;
  await source.request({
    method: 'PUT',
    path: `/apis/certificates.k8s.io/v1/certificatesigningrequests/${encodeURIComponent(name)}/approval`,
    body: {
      ...created,
      status: {
        ...created.status,
        conditions: [
          {
            type: 'Approved',
            status: 'True',
            reason: 'VirtualNode',
            message: 'offload-agent asked for it itself, for the kubelet endpoint of its virtual nodes',
            lastUpdateTime: new Date(nowMs).toISOString(),
          },
        ],
      },
    },
    intent: { verb: 'update', resource: signingRequests, subresource: 'approval', name },
  });
}

async function issued(
  source: Pick<ApiServerSource, 'get'>,
  name: string,
  signal: AbortSignal,
): Promise<string> {
  for (let time = 0; time < askTimes; time++) {
    const { status } = await source.get(signingRequests, name);
    if (status?.certificate !== undefined) return Buffer.from(status.certificate, 'base64').toString('utf8');
    const refused = status?.conditions?.find(({ type }) => type === 'Denied' || type === 'Failed');
    if (refused !== undefined)
      throw new KubeletError(
        'signingRefused',
        `certificate request ${name} is ${refused.type.toLowerCase()}: ${refused.message ?? refused.reason ?? 'no reason given'}`,
        `kubectl describe csr ${name}`,
      );
    await pause(askEveryMs, signal);
    signal.throwIfAborted();
  }
  throw new KubeletError(
    'signingSilent',
    `certificate request ${name} is approved, and ${signerName} has issued nothing for ${(askTimes * askEveryMs) / 1000} s`,
    'is kube-controller-manager running with --cluster-signing-cert-file? Where kubelet certificates are not verified, none is needed',
  );
}

function commonName(nodeName: string): string {
  return `system:node:${nodeName}`;
}
