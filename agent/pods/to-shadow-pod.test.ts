import { expect, test } from 'vitest';
import type { LocalPod, PodSpec } from './pod.ts';
import { shadowMetadataPatch } from './shadow-metadata-patch.ts';
import { toShadowPod } from './to-shadow-pod.ts';

const route = { origin: 'eu', destination: 'us', namespace: 'web-eu' };
const containers = [{ name: 'web', image: 'web:1' }];
const pod = (spec: PodSpec, metadata: object = {}): LocalPod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'web', uid: 'u1', ...metadata },
  spec: { containers, ...spec },
});
const specOf = (spec: PodSpec) => toShadowPod(pod(spec), route).shadowPod.spec?.pod;

test.each<[string, PodSpec]>([
  ['where it was scheduled', { nodeName: 'liqo-us', nodeSelector: { a: 'b' }, schedulerName: 'x' }],
  ['why', { affinity: { nodeAffinity: {} }, topologySpreadConstraints: [{}], tolerations: [{}] }],
  ['priority', { priority: 1, priorityClassName: 'high', preemptionPolicy: 'Never', overhead: {} }],
  ['its service account', { serviceAccountName: 'web', serviceAccount: 'web' }],
  ['readiness gates', { readinessGates: [{ conditionType: 'example.com/ready' }] }],
  ['the runtime class that sent it', { runtimeClassName: 'liqo' }],
  ['fields of later Kubernetes versions', { schedulingGates: [], somethingNew: true }],
  ['debugging containers', { ephemeralContainers: [{ name: 'debug' }] }],
])('stays here: %s', (_, spec) => {
  expect(specOf(spec)).toEqual({ containers, automountServiceAccountToken: false });
});

test.each<[string, PodSpec]>([
  ['the host’s network', { hostNetwork: true }],
  ['its processes', { hostPID: true }],
  ['its IPC', { hostIPC: true }],
  ['its files', { volumes: [{ name: 'h', hostPath: { path: '/' } }] }],
  ['its ports', { containers: [{ name: 'web', ports: [{ containerPort: 80, hostPort: 80 }] }] }],
  ['privilege', { containers: [{ name: 'web', securityContext: { privileged: true } }] }],
  ['a runtime class', { runtimeClassName: 'kata' }],
  ['claims', { volumes: [{ name: 'p', persistentVolumeClaim: { claimName: 'data' } }] }],
  ['a token asked for', { volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: {} }] } }] }],
])('goes along, for the provider to refuse: %s', (_, spec) => {
  expect(specOf(spec)).toMatchObject(spec);
});

test('goes along as it is', () => {
  const spec: PodSpec = {
    initContainers: [{ name: 'side', restartPolicy: 'Always' }],
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 0,
    activeDeadlineSeconds: 5,
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['192.0.2.1'] },
    hostAliases: [{ ip: '192.0.2.1', hostnames: ['a'] }],
    hostname: 'h',
    subdomain: 's',
    securityContext: { runAsUser: 1 },
    shareProcessNamespace: true,
    enableServiceLinks: false,
    imagePullSecrets: [{ name: 's' }],
  };
  expect(specOf(spec)).toEqual({ containers, automountServiceAccountToken: false, ...spec });
});

test('the token that admission mounts stays here, with its mounts', () => {
  const token = { name: 'kube-api-access-x', projected: { sources: [{ serviceAccountToken: {} }] } };
  const mount = { name: 'kube-api-access-x', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' };
  const other = { name: 'data', mountPath: '/data' };
  expect(
    specOf({
      volumes: [token, { name: 'data', emptyDir: {} }],
      containers: [{ name: 'web', volumeMounts: [mount, other] }],
      initContainers: [{ name: 'init', volumeMounts: [mount] }],
    }),
  ).toEqual({
    volumes: [{ name: 'data', emptyDir: {} }],
    containers: [{ name: 'web', volumeMounts: [other] }],
    initContainers: [{ name: 'init', volumeMounts: [] }],
    automountServiceAccountToken: false,
  });
});

test('labels that are offloading’s own are not taken from a user', () => {
  const { shadowPod } = toShadowPod(
    pod(
      {},
      {
        labels: {
          app: 'web',
          'pod-template-hash': 'x',
          'liqo.io/managed-by': 'me',
          'ipam.liqo.io/x': 'y',
          'offloading.liqo.io/origin': 'other',
          'offloading.interspan.dev/tenant': 'other',
        },
        annotations: {
          note: 'kept',
          'kubectl.kubernetes.io/last-applied-configuration': '{}',
          'offloading.interspan.dev/remote-pod-uid': 'r',
        },
      },
    ),
    route,
  );
  expect(shadowPod.metadata).toEqual({
    name: 'a',
    namespace: 'web-eu',
    labels: {
      app: 'web',
      'pod-template-hash': 'x',
      'offloading.liqo.io/origin': 'eu',
      'offloading.liqo.io/destination': 'us',
    },
    annotations: { note: 'kept' },
  });
});

test.each<[PodSpec, string[]]>([
  [{}, []],
  [{ serviceAccountName: 'default' }, []],
  [{ serviceAccountName: 'web' }, ['ServiceAccountNotOffloaded']],
  [
    { serviceAccountName: 'web', readinessGates: [{ conditionType: 'x' }] },
    ['ServiceAccountNotOffloaded', 'ReadinessGatesNotOffloaded'],
  ],
])('what stays here and matters is noted: %j', (spec, reasons) => {
  expect(toShadowPod(pod(spec), route).notes.map(({ reason }) => reason)).toEqual(reasons);
});

test.each<[string, object, object, object | undefined]>([
  ['nothing', { a: '1' }, { a: '1' }, undefined],
  ['a change', { a: '1' }, { a: '2' }, { a: '2' }],
  ['a key more', {}, { a: '1' }, { a: '1' }],
  ['a key less', { a: '1', b: '2' }, { b: '2' }, { a: null }],
  ['the provider’s own keys stay', { 'liqo.io/managed-by': 'x' }, {}, undefined],
])('labels follow: %s', (_, has, labels, patch) => {
  const shadow = {
    ...toShadowPod(pod({}), route).shadowPod,
    metadata: { name: 'a', uid: 's1', labels: has as Record<string, string> },
  };
  const wanted = { labels: labels as Record<string, string>, annotations: {} };
  expect(shadowMetadataPatch(shadow, wanted)).toEqual(patch && { metadata: { uid: 's1', labels: patch } });
});
