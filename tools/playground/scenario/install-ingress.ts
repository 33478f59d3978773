import { join } from 'node:path';
import { bundle } from '#tools/build/bundle.ts';
import type { ImageEntry, ImageRecipe } from '#tools/image/build-image.ts';
import { executableEntries } from '#tools/image/executable-entries.ts';
import { applyObjects } from '#tools/playground/cluster/kubectl.ts';
import { clusterKubectl, provideImage, type ScenarioContext } from './context.ts';

const image = 'interspan/playground-ingress:dev';
const namespace = 'ingress-nginx';
const labels = { 'app.kubernetes.io/name': 'ingress-nginx' };
const entry = join(import.meta.dirname, '..', 'ingress', 'main.ts');

/** Bundles the playground's ingress controller, and says what its image is made of. */
export async function ingressImage(): Promise<ImageRecipe> {
  const entries: readonly ImageEntry[] = [
    ...executableEntries(process.execPath, '/node'),
    ...executableEntries('/usr/sbin/nginx', '/usr/sbin/nginx'),
    { to: '/ingress.cjs', content: await bundle(entry, 'playground') },
    // nginx looks up the user of its workers.
    { to: '/etc/passwd', content: 'root:x:0:0:root:/:/bin/false\n' },
    { to: '/etc/group', content: 'root:x:0:\n' },
  ];
  return {
    reference: image,
    // Both programs bring the C library.
    entries: [...new Map(entries.map((each) => [each.to, each])).values()],
    entrypoint: ['/node', '/ingress.cjs'],
  };
}

/** Installs the playground's ingress controller in every cluster, and waits until it is Ready on every node. */
export async function installIngress(context: ScenarioContext, recipe: ImageRecipe): Promise<void> {
  const { digest } = await context.steps.step('ingress image', () => provideImage(context, recipe));
  await Promise.all(
    context.clusters.map((cluster) =>
      context.steps.step(`${cluster.plan.name}: ingress`, async () => {
        const kubectl = clusterKubectl(context, cluster);
        await applyObjects(kubectl, objects(digest));
        const where = `--namespace=${namespace}`;
        await kubectl(['rollout', 'status', where, 'daemonset/ingress-nginx', '--timeout=60s']);
      }),
    ),
  );
}

function objects(digest: string) {
  const metadata = { name: 'ingress-nginx', labels };
  const rbac = 'rbac.authorization.k8s.io';
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, namespace } },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata,
      rules: [
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses'], verbs: ['list', 'watch'] },
        { apiGroups: ['networking.k8s.io'], resources: ['ingresses/status'], verbs: ['patch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
        { apiGroups: [''], resources: ['services', 'pods', 'nodes'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: metadata.name, namespace }],
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IngressClass',
      metadata: {
        name: 'nginx',
        // Reflected Ingresses name no class.
        annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' },
      },
      spec: { controller: 'playground.interspan.dev/nginx' },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { ...metadata, namespace },
      spec: daemonSet(digest),
    },
  ];
}

function daemonSet(digest: string) {
  return {
    selector: { matchLabels: labels },
    updateStrategy: { type: 'RollingUpdate' },
    template: {
      metadata: { labels, annotations: { 'playground.interspan.dev/content': digest } },
      spec: {
        serviceAccountName: 'ingress-nginx',
        hostNetwork: true,
        dnsPolicy: 'ClusterFirstWithHostNet',
        terminationGracePeriodSeconds: 5,
        containers: [
          {
            name: 'nginx',
            image,
            imagePullPolicy: 'IfNotPresent',
            env: [{ name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
            securityContext: {
              runAsUser: 0,
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              // Port 80 of the node, and nginx's change of its workers to the user that they already are.
              capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE', 'SETGID', 'SETUID'] },
              seccompProfile: { type: 'RuntimeDefault' },
            },
            readinessProbe: {
              httpGet: { path: '/healthz', port: 80 },
              periodSeconds: 1,
              failureThreshold: 2,
            },
            volumeMounts: [
              { name: 'tmp', mountPath: '/tmp' },
              { name: 'logs', mountPath: '/var/log/nginx' },
            ],
          },
        ],
        volumes: [
          { name: 'tmp', emptyDir: {} },
          { name: 'logs', emptyDir: {} },
        ],
      },
    },
  };
}
