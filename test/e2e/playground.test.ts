import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { tsigKeyFile } from '#tools/playground/edge/start-edge.ts';
import { run } from '#tools/playground/world/command.ts';
import { edgeFolder } from '#tools/playground/world/folders.ts';
import { leftovers } from '#tools/playground/world/leftovers.ts';
import { namespacesOf } from '#tools/playground/world/network.ts';
import { instanceFolder, recordedWorld, stateRoot } from '#tools/playground/world/state.ts';
import { gatherStatus, problems } from '#tools/playground/world/status.ts';

const main = join(import.meta.dirname, '..', '..', 'tools', 'playground', 'main.ts');

const playground = (...args: string[]) => run([process.execPath, main, ...args]);

describe('a bare world', () => {
  let world: TestWorld;
  beforeAll(async () => {
    world = await raiseWorld({ instance: 'e2e-bare', scenario: 'bare' });
  });
  afterAll(() => world?.[Symbol.asyncDispose]());

  /** What status finds amiss, once it finds nothing new for as long as the pods of a mended node take to come back. */
  const down = async (): Promise<readonly string[]> => {
    for (let seconds = 0; ; seconds++) {
      const found = problems(await gatherStatus(world.plan, world.folder));
      if (found.length === 0 || seconds === 30) return found;
      await sleep(1000);
    }
  };

  test('has two Ready nodes in each cluster, the first one the control plane, none tainted', async () => {
    for (const geotag of ['eu', 'us'] as const) {
      const { items } = await world.kubectlJson<{
        items: {
          metadata: { name: string; labels: Record<string, string> };
          spec: { taints?: object[] };
          status: { conditions: { type: string; status: string }[] };
        }[];
      }>(geotag, 'get', 'nodes');
      const role = 'node-role.kubernetes.io/control-plane';
      expect(
        items.map(({ metadata, spec, status }) => [
          metadata.name,
          role in metadata.labels,
          spec.taints ?? [],
          status.conditions.find(({ type }) => type === 'Ready')?.status,
        ]),
      ).toEqual([
        [`gslb-${geotag}-1`, true, [], 'True'],
        [`gslb-${geotag}-2`, false, [], 'True'],
      ]);
    }
  });

  test('serves the policy APIs that the offload guards are written in', async () => {
    const kinds = await world.kubectl(
      'eu',
      'api-resources',
      '--api-group=admissionregistration.k8s.io',
      '-o',
      'name',
    );
    expect(kinds).toContain('mutatingadmissionpolicies.admissionregistration.k8s.io');
    expect(kinds).toContain('validatingadmissionpolicies.admissionregistration.k8s.io');
  });

  test("lets a cluster's key write that cluster's names at the edge and no other", async () => {
    const key = tsigKeyFile(edgeFolder(world.folder), 'eu');
    const update = async (record: string): Promise<string> => {
      const { code, stderr } = await run(['nsupdate', '-k', key], {
        input: `server ${world.plan.edge.address}\nzone example.com\nupdate add ${record}\nsend\n`,
      });
      return code === 0 ? 'done' : stderr.trim();
    };
    expect(await update('gslb-ns-eu-cloud.example.com. 30 A 192.0.2.1')).toBe('done');
    expect(await update('cloud.example.com. 30 NS gslb-ns-eu-cloud.example.com.')).toBe('done');
    expect(await update('_gslb-owner-eu.example.com. 30 TXT "uid 1"')).toBe('done');
    expect(await update('gslb-ns-us-cloud.example.com. 30 A 192.0.2.1')).toContain('REFUSED');
    expect(await update('cloud.example.com. 30 A 192.0.2.1')).toContain('REFUSED');
    expect(await update('www.example.com. 30 A 192.0.2.1')).toContain('REFUSED');
    const referral = await world.dig(world.plan.edge.address, '+norecurse', 'cloud.example.com', 'NS');
    expect(referral).toContain('gslb-ns-eu-cloud.example.com.');
  });

  test('shows what died, and a second up mends it', async () => {
    await world.stopApiServer('us');
    await world.stopEdge();
    const status = await playground('status', '--instance', 'e2e-bare');
    expect(status.code).toBe(1);
    expect(status.stdout).toContain('gslb-us: kube-apiserver is not running');
    expect(status.stdout).toContain('edge: BIND does not answer');
    await world.mend();
    expect(await down()).toEqual([]);
  });

  test('boots a node that lost its power, control plane and pods included', async () => {
    await world.stopNode('gslb-eu-1');
    await expect(world.kubectl('eu', 'get', 'nodes', '--request-timeout=1s')).rejects.toThrow();
    await world.startNode('gslb-eu-1');
    expect(await down()).toEqual([]);
  });

  test('is not touched by an instance that crashes while it comes up and is then removed', async () => {
    const root = stateRoot(process.env);
    const crashing = spawn(process.execPath, [main, 'up', '--instance', 'e2e-crash', '--scenario', 'bare'], {
      stdio: 'ignore',
    });
    try {
      const containers = join(instanceFolder(root, 'e2e-crash'), 'eu', 'node-2', 'processes', 'kubelet.json');
      for (let tries = 0; tries < 300 && !isFile(containers); tries++) await sleep(100);
    } finally {
      crashing.kill('SIGKILL');
      await once(crashing, 'exit');
    }
    const crashed = recordedWorld(root, 'e2e-crash');
    if (crashed === undefined) throw new Error('the second world was never planned');
    expect(namespacesOf('e2e-crash').length).toBeGreaterThan(0);
    expect((await leftovers(crashed, instanceFolder(root, 'e2e-crash'))).length).toBeGreaterThan(0);

    expect(await playground('down', '--instance', 'e2e-crash')).toMatchObject({ code: 0 });
    expect(await leftovers(crashed, instanceFolder(root, 'e2e-crash'))).toEqual([]);
    // A command that the killed run was waiting for dies with it.
    const { stdout } = await run(['pgrep', '--list-full', '--full', `${instanceFolder(root, 'e2e-crash')}/`]);
    expect(stdout.split('\n').filter((line) => line !== '' && !line.includes('pgrep'))).toEqual([]);
    expect(await playground('down', '--instance', 'e2e-crash')).toMatchObject({ code: 0 });
    expect(await down()).toEqual([]);
  });

  test('leaves nothing behind when it is removed', async () => {
    expect((await leftovers(world.plan, world.folder)).length).toBeGreaterThan(0);
    expect(await playground('down', '--instance', 'e2e-bare')).toMatchObject({ code: 0 });
    expect(await leftovers(world.plan, world.folder)).toEqual([]);
  });
});

function isFile(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}
