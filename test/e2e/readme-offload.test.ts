import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { raiseWorld, type TestWorld } from '#test/support/world.ts';
import { programImage } from '#tools/image/program-image.ts';
import { podinfoImage } from '#tools/playground/node/base-images.ts';
import { cachedImage, importImage } from '#tools/playground/node/images.ts';
import { must } from '#tools/playground/world/command.ts';
import { distribution } from '#tools/playground/world/environment.ts';
import { clusterFolder, mergedKubeconfig, nodeFolder } from '#tools/playground/world/folders.ts';

interface Step {
  readonly command: string;
  /** What README shows of its output, without what differs from time to time. */
  readonly shown: readonly string[];
}

/** The commands of README's section about offloading, in order. */
function stepsOfReadme(): readonly Step[] {
  const [, section = ''] = readFileSync('README.md', 'utf8').split('## Offload a namespace');
  const blocks = [...(section.split(/^## /m)[0] ?? '').matchAll(/^```console\n([\s\S]*?)^```$/gm)];
  return blocks
    .flatMap(([, block = '']) => block.split(/^\$ /m).slice(1))
    .map((step) => {
      const [command = '', ...output] = step.split('\n');
      return { command, shown: lasting(output) };
    });
}

/** Lines without names, ages, addresses and versions of the moment, each once: pods may be placed otherwise. */
function lasting(lines: readonly string[]): readonly string[] {
  const words = lines
    .filter((line) => line !== '' && !line.startsWith('Version: '))
    .map((line) =>
      line
        .replaceAll(/\bpodinfo-[0-9a-z]+-[0-9a-z]{5}\b/g, 'POD')
        .replaceAll(/\b\d+m?\d*s\b|\b\d+m\b/g, 'AGE')
        .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, 'IP')
        .replaceAll(/ +/g, ' ')
        .trim(),
    );
  return [...new Set(words)].sort();
}

let world: TestWorld;
let image: string;

beforeAll(async () => {
  const built = must([process.execPath, 'tools/build/main.ts']);
  world = await raiseWorld({ scenario: 'bare', layout: 'service-offloading', instance: 'e2e-readme' });
  await built;
  const archive = await cachedImage(programImage(join(distribution, 'offload-agent')), process.env);
  image = archive.reference;
  for (const cluster of world.plan.clusters)
    for (const node of cluster.nodes)
      await importImage(nodeFolder(clusterFolder(world.folder, cluster), node), archive);
});
afterAll(() => world?.[Symbol.asyncDispose]());

test('what README says about offloading a namespace is so, and nothing of it is left', async () => {
  const steps = stepsOfReadme();
  expect(steps.length).toBeGreaterThan(10);
  const variables = `export IMAGE=${image} KUBECONFIG=${mergedKubeconfig(world.folder)};`;
  for (const { command, shown } of steps) {
    // The nodes of this world can pull nothing.
    const here = command.replace(/--image=ghcr\.io\S+/, `--image=${podinfoImage}`);
    const { code, stdout, stderr } = await world.shell('london', ['bash', '-c', `${variables} ${here}`]);
    expect({ command, code, said: lasting(`${stdout}\n${stderr}`.split('\n')) }).toEqual({
      command,
      code: 0,
      said: shown,
    });
  }
  for (const cluster of ['london', 'newyork'])
    expect(await world.kubectl(cluster, 'get', 'crd,nodes,namespaces', '-o', 'name')).not.toMatch(
      /liqo|offload|interspan/,
    );
});
