import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { annotations } from '#agent/model/names.ts';
import type { TwinNamespace } from '#agent/model/provider-link.ts';
import { startProvider } from '#agent/provider/start-provider.ts';
import { type KubeObject, namespaces, type Pod, pods } from '#core/api/kubernetes.ts';
import { type ShadowPod, shadowPods } from '#core/api/offload/shadow-pod.ts';
import { tenants } from '#core/api/offload/tenant.ts';
import { type ApiServerSource, apiServerSource } from '#core/source/api-server/source.ts';
import { startApiServer, type TestApiServer } from '#test/support/api-server.ts';
import {
  applyOffloadManifests,
  asAccount,
  makeTenant,
  mergePatch,
  type Send,
  type TestTenant,
} from '#test/support/tenant-world.ts';
import { accountCredentials } from '#test/support/token-credentials.ts';

/* The provider's agent against a real API server; ShadowPods are written with the tenant's real token. */

let server: TestApiServer;
/** The administrator's, for what the test does. */
let source: ApiServerSource;
/** The agent's, with the rights that manifests/offload gives it. */
let agent: ApiServerSource;
let log: ReturnType<typeof quiet>;
const whole = new AbortController();
let running: AbortController[] = [];
const children: ChildProcess[] = [];

const quiet = () => ({ debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() });
beforeAll(async () => {
  server = await startApiServer();
  await applyOffloadManifests(server);
  log = quiet();
  const common = {
    fieldManager: 'offload-agent',
    identity: 'test',
    log,
    now: () => performance.now(),
    random: Math.random,
    signal: whole.signal,
  };
  source = await apiServerSource({ ...common, kubeconfig: server.kubeconfig });
  agent = await apiServerSource({
    ...common,
    credentials: await accountCredentials(server, 'offload-system', 'offload-agent'),
  });
});
afterEach(() => {
  for (const one of running) one.abort();
  running = [];
});
afterAll(async () => {
  whole.abort();
  for (const child of children) child.kill('SIGKILL');
  await server?.[Symbol.asyncDispose]();
});

interface Stage extends TestTenant {
  readonly send: Send;
  readonly twinNamespace: TwinNamespace;
  readonly ask: (name: string, spec?: object, more?: object) => Promise<void>;
  readonly shadow: (name: string) => Promise<ShadowPod>;
  readonly pod: (name: string) => Promise<Pod>;
  readonly pods: () => Promise<readonly Pod[]>;
}

const path = '/apis/offloading.liqo.io/v1beta1/namespaces';
async function stage(consumer: string, spec: object = {}): Promise<Stage> {
  const tenant = await makeTenant(server, consumer, spec);
  const send = await asAccount(server, tenant.tenantNamespace, 'tenant');
  const { twin, tenantNamespace } = tenant;
  return {
    ...tenant,
    send,
    twinNamespace: { namespace: twin, consumer, tenantNamespace },
    ask: async (name, pod = {}, more = {}) => {
      const answer = await send('POST', `${path}/${twin}/shadowpods`, {
        apiVersion: 'offloading.liqo.io/v1beta1',
        kind: 'ShadowPod',
        metadata: { name, labels: { 'offloading.liqo.io/origin': consumer, app: 'web' } },
        spec: {
          consumerPodUID: `uid-of-${name}`,
          pod: { containers: [{ name: 'app', image: 'podinfo' }], ...pod },
          ...more,
        },
      });
      expect(`${answer.status} ${answer.text}`).toMatch(/^201 /);
    },
    shadow: (name) => source.get(shadowPods, `${twin}/${name}`),
    pod: (name) => source.get(pods, `${twin}/${name}`),
    pods: () => source.readList(pods, { namespace: twin }),
  };
}
function begin(...twins: readonly TwinNamespace[]) {
  const ending = new AbortController();
  running.push(ending);
  const provider = startProvider(
    {
      source: agent,
      log,
      random: Math.random,
      wallClock: Date.now,
      admits: () => true,
      granted: ({ spec }) => spec?.resources ?? {},
    },
    ending.signal,
  );
  provider.setTwins(twins);
  return { provider, ending };
}
const eventually = <T>(check: () => Promise<T>): Promise<T> =>
  vi.waitFor(check, { timeout: 20_000, interval: 50 });
const setPhase = (object: KubeObject, phase: string) =>
  source.patchStatus(pods, `${object.metadata.namespace}/${object.metadata.name}`, { phase });

describe('a ShadowPod', () => {
  test('becomes a Pod of its name, its UID and its owner, and its status follows', async () => {
    const one = await stage('plain', { resources: { cpu: '1', memory: '1Gi', pods: 5 } });
    begin(one.twinNamespace);
    await one.ask('web', { hostname: 'web', restartPolicy: 'OnFailure' });
    const pod = await eventually(() => one.pod('web'));
    const shadow = await one.shadow('web');
    expect(pod).toMatchObject({
      metadata: {
        labels: { app: 'web', 'liqo.io/managed-by': 'shadowpod', 'offloading.liqo.io/origin': 'plain' },
        annotations: { 'offloading.interspan.dev/consumer-pod-uid': 'uid-of-web' },
        ownerReferences: [{ kind: 'ShadowPod', uid: shadow.metadata.uid, controller: true }],
      },
      spec: {
        hostname: 'web',
        restartPolicy: 'OnFailure',
        automountServiceAccountToken: false,
        containers: [{ image: 'podinfo', resources: { requests: { cpu: '10m', memory: '16Mi' } } }],
      },
    });
    expect(JSON.stringify(pod)).not.toContain('serviceAccountToken');
    await eventually(async () => expect((await one.shadow('web')).status?.phase).toBe('Pending'));
    await setPhase(pod, 'Running');
    await eventually(async () => expect((await one.shadow('web')).status?.phase).toBe('Running'));
    await eventually(async () =>
      expect((await source.get(tenants, `${one.tenantNamespace}/peering`)).status?.usedResources).toEqual({
        cpu: '10m',
        memory: '16Mi',
        pods: '1',
      }),
    );
    await source.delete(shadowPods, `${one.twin}/web`);
    await eventually(async () => expect(await one.pods()).toEqual([]));
  });

  test('says with its last words how long its Pod is given to end', async () => {
    const one = await stage('graceful', { resources: { cpu: '1', memory: '1Gi', pods: 5 } });
    begin(one.twinNamespace);
    await one.ask('web');
    await eventually(() => one.pod('web'));
    // A Pod without a node would be gone at once.
    const binding = {
      apiVersion: 'v1',
      kind: 'Binding',
      metadata: { name: 'web' },
      target: { name: 'none' },
    };
    await server.kubectlWith(
      JSON.stringify(binding),
      'create',
      '--raw',
      `/api/v1/namespaces/${one.twin}/pods/web/binding`,
      '-f',
      '-',
    );
    const key = `${path}/${one.twin}/shadowpods/web`;
    const told = await one.send(
      'PATCH',
      key,
      { metadata: { annotations: { [annotations.deletionGrace]: '3' } } },
      mergePatch,
    );
    expect(told.status, told.text).toBe(200);
    expect((await one.send('DELETE', key)).status).toBe(200);
    await eventually(async () =>
      expect((await one.pod('web')).metadata).toMatchObject({ deletionGracePeriodSeconds: 3 }),
    );
    await source.delete(pods, `${one.twin}/web`, { gracePeriodSeconds: 0 });
  });

  test('that asks for the host gets no Pod, a reason and an event, also past the guards', async () => {
    const one = await stage('sly');
    begin(one.twinNamespace);
    // By the administrator: the guards do not hold him, as if they were not installed.
    const asAdmin = (name: string, pod: object, container: object = {}) =>
      source.create(shadowPods, {
        apiVersion: 'offloading.liqo.io/v1beta1',
        kind: 'ShadowPod',
        metadata: { name, namespace: one.twin },
        spec: { pod: { containers: [{ name: 'a', image: 'a', ...container }], ...pod } },
      });
    await asAdmin('host', { hostNetwork: true, volumes: [{ name: 'v', hostPath: { path: '/' } }] });
    await asAdmin('root', {}, { securityContext: { privileged: true } });
    await one.ask('honest');
    await eventually(() => one.pod('honest'));
    await eventually(async () => {
      const { status } = await one.shadow('host');
      expect(status).toMatchObject({ phase: 'Pending', reason: 'PodRefused' });
      expect(status?.message).toMatch(/provider's agent.*hostNetwork.*hostPath: files of the host/);
      expect((await one.shadow('root')).status?.message).toContain('securityContext.privileged');
      expect(await server.kubectl('get', 'events', '-n', one.twin)).toContain('PodRefused');
    });
    expect((await one.pods()).map(({ metadata }) => metadata.name)).toEqual(['honest']);
  });

  test('that the API server refuses carries its words', async () => {
    const one = await stage('strict');
    await server.kubectl(
      ...['label', 'namespace', one.twin, '--overwrite', 'pod-security.kubernetes.io/enforce=restricted'],
    );
    begin(one.twinNamespace);
    await one.ask('loose');
    await eventually(async () => {
      const { status } = await one.shadow('loose');
      expect(status?.reason).toBe('PodRefused');
      expect(status?.message).toMatch(/provider's API server.*violates PodSecurity "restricted/);
    });
    expect(await one.pods()).toEqual([]);
  });

  test('in a new namespace waits for its service account, without a word', async () => {
    const one = await stage('new');
    await server.kubectl('delete', 'serviceaccount', 'default', '-n', one.twin);
    begin(one.twinNamespace);
    await one.ask('early');
    // The API server itself waits for it for about a second before it refuses.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    expect((await one.shadow('early')).status?.reason).toBeUndefined();
    await server.kubectl('create', 'serviceaccount', 'default', '-n', one.twin);
    await vi.waitFor(() => one.pod('early'), { timeout: 5000, interval: 20 });
    expect(await server.kubectl('get', 'events', '-n', one.twin)).not.toContain('PodRefused');
  });

  test('gets its Pod back when somebody deletes it, and no second one after it ended', async () => {
    const one = await stage('again');
    begin(one.twinNamespace);
    await one.ask('job');
    const first = await eventually(() => one.pod('job'));
    await source.delete(pods, `${one.twin}/job`, { gracePeriodSeconds: 0 });
    const second = await eventually(async () => {
      const pod = await one.pod('job');
      expect(pod.metadata.uid).not.toBe(first.metadata.uid);
      return pod;
    });
    await setPhase(second, 'Succeeded');
    await eventually(async () => expect((await one.shadow('job')).status?.phase).toBe('Succeeded'));
    await source.delete(pods, `${one.twin}/job`, { gracePeriodSeconds: 0 });
    await one.ask('later');
    await eventually(() => one.pod('later'));
    expect((await one.pods()).map(({ metadata }) => metadata.name)).toEqual(['later']);
  });

  test('replaced while nobody looked has the earlier Pod removed first; a stranger’s Pod stays', async () => {
    const one = await stage('name');
    const before = begin(one.twinNamespace);
    await one.ask('web');
    const first = await eventually(() => one.pod('web'));
    before.ending.abort();
    await before.provider.drained;
    await source.delete(shadowPods, `${one.twin}/web`);
    await one.ask('web');
    await server.kubectl('run', 'taken', '-n', one.twin, '--image=busybox');
    const stranger = await one.pod('taken');
    await one.ask('taken');
    begin(one.twinNamespace);
    await eventually(async () => expect((await one.pod('web')).metadata.uid).not.toBe(first.metadata.uid));
    await eventually(async () => expect((await one.shadow('taken')).status?.reason).toBe('NameTaken'));
    expect((await one.pod('taken')).metadata.uid).toBe(stranger.metadata.uid);
  });

  test('of a cordoned tenant waits; draining removes what runs', async () => {
    const one = await stage('cordon');
    const condition = (tenantCondition: string) =>
      source.patch(tenants, `${one.tenantNamespace}/peering`, { spec: { tenantCondition } });
    begin(one.twinNamespace);
    await one.ask('before');
    await eventually(() => one.pod('before'));
    await condition('Cordoned');
    await eventually(async () => {
      const name = `during-${performance.now()}`.replace('.', '-');
      await one.ask(name);
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect((await one.shadow(name)).status?.reason).toBe('TenantCordoned');
    });
    await condition('Drained');
    await eventually(async () => expect(await one.pods()).toEqual([]));
    await condition('Active');
    await eventually(() => one.pod('before'));
  });
});

describe('the quota', () => {
  test('refuses what is too much in words, and admits it when something ends', async () => {
    const one = await stage('quota', { resources: { cpu: '1' } });
    begin(one.twinNamespace);
    const asking = (cpu: string) => ({
      containers: [{ name: 'a', image: 'a', resources: { requests: { cpu } } }],
    });
    await one.ask('big', asking('800m'));
    const big = await eventually(() => one.pod('big'));
    await one.ask('more', asking('500m'));
    await eventually(async () =>
      expect((await one.shadow('more')).status).toMatchObject({
        phase: 'Pending',
        reason: 'QuotaExceeded',
        message: expect.stringMatching(/asks for 500m of cpu, 800m of 1 granted are used/),
      }),
    );
    await setPhase(big, 'Succeeded');
    await eventually(() => one.pod('more'));
    await eventually(async () => {
      const { status } = await one.shadow('more');
      expect(status).toMatchObject({ phase: 'Pending' });
      expect(status?.reason).toBeUndefined();
    });
  });

  test('of 50 pods holds in a burst of 200 over two namespaces, with the agent killed midway', async () => {
    const one = await stage('burst', { resources: { pods: 50 } });
    const second = 'burst-two';
    await source.create(namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: second,
        labels: {
          'liqo.io/remote-cluster-id': 'burst',
          'offloading.interspan.dev/tenant': one.tenantNamespace,
        },
      },
    });
    await server.kubectl('create', 'serviceaccount', 'default', '-n', second);
    await server.kubectl(
      ...['create', 'rolebinding', 'tenant', '-n', second, '--clusterrole=offload-tenant-in-twin'],
      `--serviceaccount=${one.tenantNamespace}:tenant`,
    );
    const twins = [one.twin, second];
    const start = async (identity: string): Promise<ChildProcess> => {
      const child = spawn(
        process.execPath,
        [
          join(import.meta.dirname, '../support/provider-process.ts'),
          server.kubeconfig,
          identity,
          ...twins.map((twin) => `${twin},burst,${one.tenantNamespace}`),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      children.push(child);
      await once(child.stdout as NodeJS.ReadableStream, 'data');
      return child;
    };
    const count = async (): Promise<number> =>
      (await Promise.all(twins.map((namespace) => source.readList(pods, { namespace })))).flat().length;
    const first = await start('first');
    const burst = Array.from({ length: 200 }, (_, index) =>
      one.send('POST', `${path}/${twins[index % 2]}/shadowpods`, {
        apiVersion: 'offloading.liqo.io/v1beta1',
        kind: 'ShadowPod',
        metadata: { name: `burst-${index}`, labels: { 'offloading.liqo.io/origin': 'burst' } },
        spec: { pod: { containers: [{ name: 'a', image: 'a' }] } },
      }),
    );
    let most = 0;
    await vi.waitFor(
      async () => {
        most = await count();
        expect(most).toBeGreaterThan(5);
      },
      { timeout: 20_000, interval: 1 },
    );
    first.kill('SIGKILL');
    const killedAt = await count();
    expect(killedAt).toBeLessThan(50);
    const [, ...statuses] = await Promise.all([start('second'), ...burst]);
    expect(statuses.every((answer) => (answer as { status: number }).status === 201)).toBe(true);
    await vi.waitFor(
      async () => {
        most = Math.max(most, await count());
        const shadows = await Promise.all(
          twins.map((namespace) => source.readList(shadowPods, { namespace })),
        );
        const refused = shadows.flat().filter(({ status }) => status?.reason === 'QuotaExceeded');
        expect(refused).toHaveLength(150);
      },
      { timeout: 60_000, interval: 50 },
    );
    expect(most).toBe(50);
    const [anyPod] = await source.readList(pods, { namespace: second });
    await source.delete(shadowPods, `${second}/${anyPod?.metadata.name}`);
    await eventually(async () => {
      most = Math.max(most, await count());
      const { status } = await source.get(tenants, `${one.tenantNamespace}/peering`);
      const left = await Promise.all(twins.map((namespace) => source.readList(shadowPods, { namespace })));
      const refused = left.flat().filter(({ status: one }) => one?.reason === 'QuotaExceeded').length;
      const used = status?.usedResources?.['pods'];
      expect({ most, refused, used, now: await count() }).toEqual({
        most: 50,
        refused: 149,
        used: '50',
        now: 50,
      });
    });
    expect(most).toBe(50);
  }, 120_000);
});
