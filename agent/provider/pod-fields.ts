import type { Allowed } from './copy-allowed.ts';

const any = 'any';
const refused = (because: string): Allowed => ({ refused: because });
const fields = (of: Readonly<Record<string, Allowed>>): Allowed => ({ fields: of });
const each = (allowed: Allowed): Allowed => ({ each: allowed });
const only = (because: string, ...values: readonly unknown[]): Allowed => ({ only: values, because });

const hostNamespace = only('namespaces of the host are refused; remove it', false);
const scheduling = refused('the provider schedules its pods itself; remove it');
const otherHost = refused('a probe or hook may ask its own pod only; remove it');

/** Also in manifests/offload/guards/shadow-pods.yaml. Without it a pod that ignores SIGTERM would outlive its peering. */
const grace: Allowed = { atMost: 3600, because: 'at most an hour (3600) is given to end; lower it' };

const httpGet = fields({ path: any, port: any, scheme: any, httpHeaders: any, host: otherHost });
const tcpSocket = fields({ port: any, host: otherHost });
const probe = fields({
  exec: any,
  httpGet,
  tcpSocket,
  grpc: any,
  initialDelaySeconds: any,
  timeoutSeconds: any,
  periodSeconds: any,
  successThreshold: any,
  failureThreshold: any,
  terminationGracePeriodSeconds: grace,
});
const hook = fields({ exec: any, httpGet, tcpSocket, sleep: any });

const container = fields({
  name: any,
  image: any,
  command: any,
  args: any,
  workingDir: any,
  ports: each(
    fields({
      name: any,
      containerPort: any,
      protocol: any,
      hostPort: only('ports of the host are refused; reach the pod by a Service', 0),
      hostIP: only('addresses of the host are refused; remove it', ''),
    }),
  ),
  env: each(
    fields({
      name: any,
      value: any,
      valueFrom: fields({ configMapKeyRef: any, secretKeyRef: any, fieldRef: any, resourceFieldRef: any }),
    }),
  ),
  envFrom: each(fields({ prefix: any, configMapRef: any, secretRef: any })),
  resources: fields({
    requests: any,
    limits: any,
    claims: refused('resource claims are not offloaded; remove them'),
  }),
  resizePolicy: any,
  restartPolicy: any,
  volumeMounts: each(
    fields({
      name: any,
      mountPath: any,
      subPath: any,
      subPathExpr: any,
      readOnly: any,
      recursiveReadOnly: any,
      mountPropagation: {
        oneOf: ['None'],
        because: 'mounts are not shared with the host; remove mountPropagation',
      },
    }),
  ),
  volumeDevices: refused('devices of the host are refused; remove them'),
  livenessProbe: probe,
  readinessProbe: probe,
  startupProbe: probe,
  lifecycle: fields({ postStart: hook, preStop: hook, stopSignal: any }),
  terminationMessagePath: any,
  terminationMessagePolicy: any,
  imagePullPolicy: any,
  securityContext: fields({
    allowPrivilegeEscalation: any,
    appArmorProfile: any,
    capabilities: fields({ add: any, drop: any }),
    privileged: any,
    procMount: any,
    readOnlyRootFilesystem: any,
    runAsGroup: any,
    runAsNonRoot: any,
    runAsUser: any,
    seLinuxOptions: any,
    seccompProfile: any,
    windowsOptions: refused('host processes of Windows are refused; remove it'),
  }),
  stdin: any,
  stdinOnce: any,
  tty: any,
});

const credentials = refused(
  "credentials of the provider's API are not given to consumers' pods; remove this source",
);
const volume = fields({
  name: any,
  emptyDir: any,
  configMap: any,
  secret: any,
  downwardAPI: any,
  projected: fields({
    defaultMode: any,
    sources: each(
      fields({
        configMap: any,
        secret: any,
        downwardAPI: any,
        serviceAccountToken: credentials,
        clusterTrustBundle: credentials,
        podCertificate: credentials,
      }),
    ),
  }),
  hostPath: refused('files of the host are refused; use emptyDir, or keep the pod in its own cluster'),
  persistentVolumeClaim: refused('storage is not offloaded yet; keep the pod in its own cluster'),
  ephemeral: refused('storage is not offloaded yet; keep the pod in its own cluster'),
});

/** What of `spec.pod` of a ShadowPod becomes part of the Pod: all else is refused by name. */
export const podFields: Allowed = fields({
  containers: each(container),
  initContainers: each(container),
  volumes: each(volume),
  restartPolicy: any,
  terminationGracePeriodSeconds: grace,
  activeDeadlineSeconds: any,
  dnsPolicy: any,
  dnsConfig: any,
  hostAliases: any,
  hostname: any,
  subdomain: any,
  setHostnameAsFQDN: any,
  shareProcessNamespace: any,
  enableServiceLinks: any,
  hostUsers: any,
  imagePullSecrets: any,
  os: fields({ name: { oneOf: ['linux'], because: 'only linux is offloaded' } }),
  securityContext: fields({
    appArmorProfile: any,
    fsGroup: any,
    fsGroupChangePolicy: any,
    runAsGroup: any,
    runAsNonRoot: any,
    runAsUser: any,
    seLinuxChangePolicy: any,
    seLinuxOptions: any,
    seccompProfile: any,
    supplementalGroups: any,
    supplementalGroupsPolicy: any,
    sysctls: any,
    windowsOptions: refused('host processes of Windows are refused; remove it'),
  }),
  hostNetwork: hostNamespace,
  hostPID: hostNamespace,
  hostIPC: hostNamespace,
  nodeName: scheduling,
  nodeSelector: scheduling,
  affinity: scheduling,
  topologySpreadConstraints: scheduling,
  tolerations: scheduling,
  schedulerName: only('the provider schedules its pods itself; remove it', 'default-scheduler'),
  priority: only('priorities of the provider are not given to consumers; remove it', 0),
  priorityClassName: refused('priority classes of the provider are not given to consumers; remove it'),
  preemptionPolicy: only(
    'priorities of the provider are not given to consumers; remove it',
    'PreemptLowerPriority',
    'Never',
  ),
  runtimeClassName: refused('runtime classes of the provider are not given to consumers; remove it'),
  overhead: refused('it comes with a runtime class; remove it'),
  ephemeralContainers: only('ephemeral containers are not offloaded; remove them', []),
  serviceAccountName: only('the pod has no service account at the provider; remove it', 'default', ''),
  serviceAccount: only('the pod has no service account at the provider; remove it', 'default', ''),
  automountServiceAccountToken: only('must be a boolean; it is false at the provider', true, false),
  readinessGates: refused('nobody at the provider would set their conditions; remove them'),
  resources: refused('resources are counted by container; set them there'),
});
