import { corednsImage } from '#tools/playground/node/base-images.ts';

const name = 'coredns';
const namespace = 'kube-system';
const labels = { 'k8s-app': 'kube-dns' };
/** Above 1023, so that it runs without a capability; the Service maps 53 to it. */
const port = 1053;

/**
 * The cluster's DNS: CoreDNS with an account of its own at `address`, sending all but cluster.local to `upstream`.
 * @param replicas number of nodes: the loss of one must not take the cluster's names with it
 */
export function clusterDns(address: string, upstream: string, replicas: number): readonly object[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'playground:coredns' },
      rules: [
        { apiGroups: [''], resources: ['namespaces', 'services'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'playground:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'playground:coredns' },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace },
      data: { Corefile: corefile(upstream) },
    },
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'kube-dns', namespace, labels },
      spec: {
        clusterIP: address,
        selector: labels,
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53, targetPort: port },
          { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: port },
        ],
      },
    },
    deployment(replicas),
  ];
}

function corefile(upstream: string): string {
  return `.:${port} {
    errors
    health :8080
    ready :8181
    kubernetes cluster.local in-addr.arpa {
        fallthrough in-addr.arpa
    }
    forward . ${upstream}
    cache 30
    loop
    reload
}
`;
}

function deployment(replicas: number): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace, labels },
    spec: {
      replicas,
      strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: name,
          priorityClassName: 'system-cluster-critical',
          dnsPolicy: 'Default',
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: labels }, topologyKey: 'kubernetes.io/hostname' },
              ],
            },
          },
          containers: [container()],
          volumes: [{ name: 'config', configMap: { name } }],
        },
      },
    },
  };
}

function container(): object {
  return {
    name,
    image: corednsImage,
    imagePullPolicy: 'IfNotPresent',
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: [
      { name: 'dns', containerPort: port, protocol: 'UDP' },
      { name: 'dns-tcp', containerPort: port, protocol: 'TCP' },
    ],
    livenessProbe: { httpGet: { path: '/health', port: 8080 }, initialDelaySeconds: 10 },
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '170Mi' } },
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65532,
      runAsGroup: 65532,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
    },
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
  };
}
