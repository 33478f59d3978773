import { chmodSync, copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stringify } from 'yaml';
import type { ImageRecipe } from '#tools/image/build-image.ts';
import { programImage } from '#tools/image/program-image.ts';
import { applyObjects } from '#tools/playground/cluster/kubectl.ts';
import { loadBalancedZone, parentZone } from '#tools/playground/edge/named-config.ts';
import { tsigKeyFile } from '#tools/playground/edge/start-edge.ts';
import type { ImageArchive } from '#tools/playground/node/images.ts';
import { must } from '#tools/playground/world/command.ts';
import { distribution } from '#tools/playground/world/environment.ts';
import { edgeFolder } from '#tools/playground/world/folders.ts';
import type { RunningCluster } from '#tools/playground/world/up.ts';
import { clusterKubectl, provideImage, type ScenarioContext } from './context.ts';

/** Builds the executables of this checkout (current ones are left alone); says what the sidecar's image is made of. */
export async function productImage(signal?: AbortSignal): Promise<ImageRecipe> {
  await must([process.execPath, 'tools/build/main.ts'], { cwd: repository, signal });
  return programImage(join(distribution, 'gslb-sidecar'), 'dev');
}

/** How the product is installed. */
export interface ProductOptions {
  /** Serve k8gb's legacy group beside k8gb.io, and make the Gslbs of annotated Ingresses in it. */
  readonly legacyApi: boolean;
}

const namespace = 'gslb-system';
const repository = join(import.meta.dirname, '..', '..', '..');
/** kubectl's kustomize takes a base by relative path only. */
const manifests = join(repository, 'manifests', 'gslb');

/**
 * Installs the sidecar in every cluster from manifests/gslb, by an overlay that gives it geotag, edge and key; and the
 * zone that the fleet is delegated. Waits for the rollout.
 */
export async function installProduct(
  context: ScenarioContext,
  recipe: ImageRecipe,
  options: ProductOptions,
): Promise<void> {
  const image = await context.steps.step('sidecar image', () => provideImage(context, recipe));
  await Promise.all(
    context.clusters.map((cluster) =>
      context.steps.step(`${cluster.plan.name}: gslb-sidecar`, () =>
        installIn(context, cluster, image, options),
      ),
    ),
  );
}

async function installIn(
  context: ScenarioContext,
  cluster: RunningCluster,
  image: ImageArchive,
  options: ProductOptions,
): Promise<void> {
  const kubectl = clusterKubectl(context, cluster);
  const overlay = writeOverlay(context, cluster, image, options);
  await kubectl(['apply', '--server-side', '--force-conflicts', '--field-manager=playground', '-k', overlay]);
  await kubectl([
    'wait',
    '--for=condition=Established',
    '--timeout=30s',
    'crd/zonedelegations.k8gb.io',
    'crd/gslbs.k8gb.io',
  ]);
  await applyObjects(kubectl, [
    {
      apiVersion: 'k8gb.io/v1beta1',
      kind: 'ZoneDelegation',
      metadata: { name: loadBalancedZone.replaceAll('.', '-') },
      spec: { loadBalancedZone, parentZone, dnsZoneNegTTL: 10 },
    },
  ]);
  await kubectl(['rollout', 'status', `--namespace=${namespace}`, 'daemonset/gslb-sidecar', '--timeout=60s']);
}

/** Writes the overlay into the cluster's folder and returns its path. */
function writeOverlay(
  { folder, world }: ScenarioContext,
  cluster: RunningCluster,
  image: ImageArchive,
  options: ProductOptions,
): string {
  const overlay = join(cluster.folder, 'overlay');
  const key = join(overlay, 'edge.key');
  mkdirSync(overlay, { recursive: true, mode: 0o700 });
  rmSync(key, { force: true });
  copyFileSync(tsigKeyFile(edgeFolder(folder), cluster.plan.geotag), key);
  chmodSync(key, 0o400);
  const base = relative(overlay, manifests);
  const settings = {
    GEOTAG: cluster.plan.geotag,
    EDGE: 'rfc2136',
    EDGE_SERVER: `${world.edge.address}:53`,
  };
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace,
    resources: [base],
    ...(options.legacyApi ? { components: [join(base, 'legacy-api')] } : {}),
    configMapGenerator: [
      {
        name: 'gslb-sidecar',
        // Without it, kustomize does not find the ConfigMap to merge into: the base's has its namespace.
        namespace,
        behavior: 'merge',
        literals: Object.entries(settings).map(([name, value]) => `${name}=${value}`),
      },
    ],
    secretGenerator: [{ name: 'gslb-edge-key', namespace, files: ['edge.key'] }],
    // The image's tag and the ConfigMap's name stay when their content changes; pods must follow it.
    patches: [
      {
        target: { kind: 'DaemonSet', name: 'gslb-sidecar' },
        patch: JSON.stringify([
          {
            op: 'add',
            path: '/spec/template/metadata/annotations',
            value: {
              'playground.interspan.dev/content': `${image.digest} ${Object.values(settings).join(' ')}`,
            },
          },
        ]),
      },
    ],
  };
  writeFileSync(join(overlay, 'kustomization.yaml'), stringify(kustomization));
  return overlay;
}
