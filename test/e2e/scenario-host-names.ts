import { expect, test } from 'vitest';
import { eventually, type GslbStage, ingress, zone } from '#test/support/gslb-stage.ts';
import type { TestWorld } from '#test/support/world.ts';

const host = `named.${zone}`;
const ttlSeconds = 6;
const oldAddress = '198.51.100.21';
const newAddress = '198.51.100.22';
const ofUs = '203.0.113.21';
/** CoreDNS of the cluster keeps what it got for as long again; 5 s is its shortest time. */
const followedWithinMs = 2 * ttlSeconds * 1_000 + 5_000;

/**
 * `k8gb.io/exposed-hostnames`, resolved as the pods of the sidecar are told to: by the cluster's DNS, which asks BIND.
 */
export function hostNamesScenario(world: () => TestWorld, stage: GslbStage): void {
  const { kubectl, inBoth } = stage;
  const records = (ofEu: string) =>
    world().setRootRecords(`lb-eu.test. ${ttlSeconds} A ${ofEu}`, `lb-us.test. ${ttlSeconds} A ${ofUs}`);
  const annotated = (names: string) =>
    ingress('named', { 'k8gb.io/strategy': 'roundRobin', 'k8gb.io/exposed-hostnames': names });

  test('exposed host names are followed at their TTL; one that does not resolve costs nothing else', async () => {
    records(oldAddress);
    await inBoth((cluster) => world().apply(cluster, annotated(`lb-${cluster}.test`)));
    await stage.answeredWith(host, `${oldAddress} ${ofUs}`);

    // Events tell the difference between two statuses.
    for (const cluster of ['eu', 'us'] as const)
      await stage.lineTells(cluster, 'gslbs.k8gb.io', 'named', / Healthy 198\.51\.100\.21,203\.0\.113\.21$/);
    records(newAddress);
    const begin = performance.now();
    await expect
      .poll(() => world().addresses(world().plan.edge.address, 'lb-eu.test'), eventually)
      .toEqual([newAddress]);
    await stage.sidecarsAnswer(host, `${newAddress} ${ofUs}`);
    const tookMs = performance.now() - begin;
    process.stderr.write(`an exposed host name was followed after ${(tookMs / 1_000).toFixed(1)} s\n`);
    expect(tookMs).toBeLessThan(followedWithinMs + 20_000);
    await stage.eventsTell(
      'eu',
      'named',
      /^TargetsChanged: .*; eu has 198\.51\.100\.22 now; eu has 198\.51\.100\.21 no longer/,
    );
    await stage.eventsTell(
      'us',
      'named',
      /^TargetsChanged: .*eu gives 198\.51\.100\.21 no longer: its own Gslb/,
    );

    const annotate = (names: string) =>
      kubectl('eu', 'annotate', '--overwrite', 'ingress', 'named', `k8gb.io/exposed-hostnames=${names}`);
    await annotate('lb-eu.test,nowhere.test');
    await stage.conditionTells('eu', 'named', 'Accepted', /^True HostnameUnresolved: .*nowhere\.test/);
    await stage.eventsTell('eu', 'named', /^HostnameUnresolved: .*nowhere\.test/);
    await stage.answeredWith(host, `${newAddress} ${ofUs}`);
    await stage.lineTells(
      'eu',
      'gslbs.k8gb.io',
      'named',
      /^named roundRobin eu Healthy 198\.51\.100\.22,203\.0\.113\.21$/,
    );
    await annotate('nowhere.test');
    await stage.answeredWith(host, ofUs);
    await stage.eventsTell('eu', 'named', /^TargetsChanged: .*left out: eu \(no address of its own\)/);
    await annotate('lb-eu.test');
    await stage.answeredWith(host, `${newAddress} ${ofUs}`);
    await stage.conditionTells('eu', 'named', 'Accepted', /^True Accepted: /);
    await inBoth((cluster) => kubectl(cluster, 'delete', 'ingress', 'named'));
  });
}
