import { podinfoImage } from '#tools/playground/node/base-images.ts';

/** The name that the tutorial spreads over both clusters. */
export const tutorialHost = 'liqo.cloud.example.com';
export const podinfoNamespace = 'podinfo';

const name = 'podinfo';
const labels = { 'app.kubernetes.io/name': name };
const port = 9898;

/**
 * podinfo as in the tutorial: two replicas on two nodes, behind an Ingress that asks for round robin.
 * @param nodeAffinity required of its pods
 */
export function podinfo(nodeAffinity?: object): readonly object[] {
  const metadata = { name, namespace: podinfoNamespace, labels };
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: podinfoNamespace } },
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: podSpec(nodeAffinity) },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ name: 'http', port, targetPort: 'http' }] },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { ...metadata, annotations: { 'k8gb.io/strategy': 'roundRobin' } },
      spec: {
        ingressClassName: 'nginx',
        rules: [
          {
            host: tutorialHost,
            http: {
              paths: [
                { path: '/', pathType: 'Prefix', backend: { service: { name, port: { number: port } } } },
              ],
            },
          },
        ],
      },
    },
  ];
}

function podSpec(nodeAffinity: object | undefined): object {
  return {
    affinity: {
      ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          {
            weight: 100,
            podAffinityTerm: {
              labelSelector: { matchLabels: labels },
              topologyKey: 'kubernetes.io/hostname',
            },
          },
        ],
      },
    },
    automountServiceAccountToken: false,
    terminationGracePeriodSeconds: 1,
    containers: [
      {
        name,
        image: podinfoImage,
        imagePullPolicy: 'IfNotPresent',
        ports: [{ name: 'http', containerPort: port }],
        readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 1 },
        resources: { requests: { cpu: '20m', memory: '32Mi' }, limits: { memory: '128Mi' } },
        securityContext: {
          runAsNonRoot: true,
          runAsUser: 65532,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
          seccompProfile: { type: 'RuntimeDefault' },
        },
      },
    ],
  };
}
