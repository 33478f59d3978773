import { expect, test } from 'vitest';
import type { ShadowPod } from '#core/api/offload/shadow-pod.ts';
import { type BuiltPod, buildPod } from './build-pod.ts';

const shadow = (pod: object, container: object = {}, metadata: object = {}): ShadowPod => ({
  apiVersion: 'offloading.liqo.io/v1beta1',
  kind: 'ShadowPod',
  metadata: { name: 'web-0', namespace: 'shop-milan', uid: 'shadow-uid', ...metadata },
  spec: {
    consumerPodUID: 'pod-uid',
    pod: { containers: [{ name: 'app', image: 'podinfo', ...container }], ...pod },
  },
});
const build = (pod: object, container?: object): BuiltPod =>
  buildPod(shadow(pod, container), { consumer: 'milan' });
const paths = (built: BuiltPod) => ('refused' in built ? built.refused.map(({ path }) => path) : []);

test('the Pod has the name and namespace, is owned by the ShadowPod, and says whose it is', () => {
  const labels = { app: 'web', 'offloading.liqo.io/origin': 'rome', 'liqo.io/managed-by': 'me' };
  const annotations = { 'k8s.v1.cni.cncf.io/networks': 'host', 'prometheus.io/scrape': 'true' };
  const built = buildPod(shadow({}, {}, { labels, annotations }), { consumer: 'milan' });
  expect(built).toEqual({
    pod: {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        name: 'web-0',
        namespace: 'shop-milan',
        labels: { app: 'web', 'offloading.liqo.io/origin': 'milan', 'liqo.io/managed-by': 'shadowpod' },
        annotations: {
          'prometheus.io/scrape': 'true',
          'offloading.interspan.dev/consumer-pod-uid': 'pod-uid',
        },
        ownerReferences: [
          {
            apiVersion: 'offloading.liqo.io/v1beta1',
            kind: 'ShadowPod',
            name: 'web-0',
            uid: 'shadow-uid',
            controller: true,
          },
        ],
      },
      spec: {
        containers: [
          { name: 'app', image: 'podinfo', resources: { requests: { cpu: '10m', memory: '16Mi' } } },
        ],
        automountServiceAccountToken: false,
      },
    },
  });
});

test('what a pod may say arrives as it was said', () => {
  const pod = {
    initContainers: [
      {
        name: 'proxy',
        image: 'p',
        restartPolicy: 'Always',
        resources: { requests: { cpu: '1', memory: '1' } },
      },
    ],
    volumes: [
      { name: 'a', emptyDir: { medium: 'Memory' } },
      { name: 'b', configMap: { name: 'c' } },
      { name: 'd', projected: { sources: [{ secret: { name: 's' } }, { downwardAPI: { items: [] } }] } },
    ],
    restartPolicy: 'Never',
    terminationGracePeriodSeconds: 5,
    securityContext: { fsGroup: 1, sysctls: [{ name: 'net.ipv4.tcp_syncookies', value: '1' }] },
  };
  const container = {
    command: ['sh'],
    env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 's', key: 'k' } } }],
    ports: [{ containerPort: 80, protocol: 'TCP' }],
    volumeMounts: [{ name: 'a', mountPath: '/a', mountPropagation: 'None' }],
    readinessProbe: { httpGet: { path: '/', port: 80 } },
    resources: { limits: { cpu: '1', memory: '1Gi' } },
    securityContext: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] }, privileged: false },
  };
  const built = build(pod, container);
  expect(built).toMatchObject({ pod: { spec: { ...pod, containers: [{ name: 'app', ...container }] } } });
});

test('values that change nothing may stand, and are not taken over', () => {
  const built = build(
    {
      hostNetwork: false,
      hostPID: false,
      schedulerName: 'default-scheduler',
      serviceAccountName: 'default',
      priority: 0,
      ephemeralContainers: [],
      automountServiceAccountToken: true,
      nodeName: null,
    },
    { ports: [{ containerPort: 80, hostPort: 0 }] },
  );
  const spec = 'pod' in built ? built.pod.spec : undefined;
  expect(Object.keys(spec ?? {}).sort()).toEqual(['automountServiceAccountToken', 'containers']);
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    containers: [{ ports: [{ containerPort: 80 }] }],
  });
  expect(JSON.stringify(spec)).not.toContain('hostPort');
});

test.each<[object, object, string]>([
  [{ terminationGracePeriodSeconds: 3601 }, {}, '.terminationGracePeriodSeconds'],
  [{ terminationGracePeriodSeconds: '30' }, {}, '.terminationGracePeriodSeconds'],
  [
    {},
    { livenessProbe: { terminationGracePeriodSeconds: 86_400 } },
    '.containers[0].livenessProbe.terminationGracePeriodSeconds',
  ],
  [{ hostNetwork: true }, {}, '.hostNetwork'],
  [{ hostPID: true }, {}, '.hostPID'],
  [{ hostIPC: 'yes' }, {}, '.hostIPC'],
  [{ nodeName: 'n1' }, {}, '.nodeName'],
  [{ nodeSelector: { a: 'b' } }, {}, '.nodeSelector'],
  [{ affinity: {} }, {}, '.affinity'],
  [{ tolerations: [] }, {}, '.tolerations'],
  [{ topologySpreadConstraints: [] }, {}, '.topologySpreadConstraints'],
  [{ schedulerName: 'mine' }, {}, '.schedulerName'],
  [{ priorityClassName: 'system-node-critical' }, {}, '.priorityClassName'],
  [{ priority: 5 }, {}, '.priority'],
  [{ runtimeClassName: 'kata' }, {}, '.runtimeClassName'],
  [{ overhead: { cpu: '1' } }, {}, '.overhead'],
  [{ serviceAccountName: 'admin' }, {}, '.serviceAccountName'],
  [{ serviceAccount: 'admin' }, {}, '.serviceAccount'],
  [{ ephemeralContainers: [{ name: 'e' }] }, {}, '.ephemeralContainers'],
  [{ readinessGates: [{ conditionType: 'x' }] }, {}, '.readinessGates'],
  [{ resources: { requests: {} } }, {}, '.resources'],
  [{ resourceClaims: [] }, {}, '.resourceClaims'],
  [{ somethingNew: true }, {}, '.somethingNew'],
  [{ constructor: 'x' }, {}, '.constructor'],
  [{ volumes: [{ name: 'v', hostPath: { path: '/' } }] }, {}, '.volumes[0].hostPath'],
  [
    { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'c' } }] },
    {},
    '.volumes[0].persistentVolumeClaim',
  ],
  [{ volumes: [{ name: 'v', csi: { driver: 'd' } }] }, {}, '.volumes[0].csi'],
  [{ volumes: [{ name: 'v', image: { reference: 'r' } }] }, {}, '.volumes[0].image'],
  [{ volumes: { name: 'v' } }, {}, '.volumes'],
  [
    { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }] },
    {},
    '.volumes[0].projected.sources[0].serviceAccountToken',
  ],
  [
    { volumes: [{ name: 'v', projected: { sources: [{ clusterTrustBundle: { path: 't' } }] } }] },
    {},
    '.volumes[0].projected.sources[0].clusterTrustBundle',
  ],
  [{ containers: 'none' }, {}, '.containers'],
  [{ containers: ['app'] }, {}, '.containers[0]'],
  [{ securityContext: { sysctls: [{ name: 'kernel.panic' }] } }, {}, '.securityContext.sysctls[0]'],
  [{ securityContext: { seccompProfile: { type: 'Unconfined' } } }, {}, '.securityContext.seccompProfile'],
  [{ securityContext: { appArmorProfile: { type: 'Unconfined' } } }, {}, '.securityContext.appArmorProfile'],
  [{ securityContext: { seLinuxOptions: { type: 'spc_t' } } }, {}, '.securityContext.seLinuxOptions'],
  [{ securityContext: { windowsOptions: { hostProcess: true } } }, {}, '.securityContext.windowsOptions'],
  [{ os: { name: 'windows' } }, {}, '.os.name'],
  [{}, { ports: [{ containerPort: 80, hostPort: 80 }] }, '.containers[0].ports[0].hostPort'],
  [{}, { ports: [{ containerPort: 80, hostIP: '127.0.0.1' }] }, '.containers[0].ports[0].hostIP'],
  [{}, { securityContext: { privileged: true } }, '.containers[0].securityContext.privileged'],
  [{}, { securityContext: { privileged: 'true' } }, '.containers[0].securityContext.privileged'],
  [{}, { securityContext: { procMount: 'Unmasked' } }, '.containers[0].securityContext.procMount'],
  [
    {},
    { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } },
    '.containers[0].securityContext.capabilities.add',
  ],
  [
    {},
    { securityContext: { capabilities: { add: 'ALL' } } },
    '.containers[0].securityContext.capabilities.add',
  ],
  [
    {},
    { securityContext: { seccompProfile: { type: 'Unconfined' } } },
    '.containers[0].securityContext.seccompProfile',
  ],
  [
    { initContainers: [{ name: 'i', securityContext: { privileged: true } }] },
    {},
    '.initContainers[0].securityContext.privileged',
  ],
  [
    {},
    { volumeMounts: [{ mountPropagation: 'Bidirectional' }] },
    '.containers[0].volumeMounts[0].mountPropagation',
  ],
  [{}, { volumeDevices: [] }, '.containers[0].volumeDevices'],
  [{}, { resources: { claims: [] } }, '.containers[0].resources.claims'],
  [
    {},
    { livenessProbe: { httpGet: { host: '169.254.169.254', port: 80 } } },
    '.containers[0].livenessProbe.httpGet.host',
  ],
  [
    {},
    { lifecycle: { postStart: { tcpSocket: { host: '10.0.0.1', port: 80 } } } },
    '.containers[0].lifecycle.postStart.tcpSocket.host',
  ],
])('is refused, by name: %j %j', (pod, container, path) => {
  expect(paths(build(pod, container))).toEqual([`spec.pod${path}`]);
});

test('everything that is wrong is named at once', () => {
  expect(paths(build({ hostNetwork: true, nodeName: 'n' }, { tty: true, nonsense: 1 }))).toEqual([
    'spec.pod.containers[0].nonsense',
    'spec.pod.hostNetwork',
    'spec.pod.nodeName',
  ]);
});

test('a tenant of level privileged may have privileged containers, the host still not', () => {
  const policy = { consumer: 'milan', podSecurity: 'privileged' } as const;
  const privileged = { securityContext: { privileged: true } };
  expect(buildPod(shadow({}, privileged), policy)).toHaveProperty('pod');
  expect(paths(buildPod(shadow({ hostNetwork: true }, privileged), policy))).toEqual([
    'spec.pod.hostNetwork',
  ]);
});
