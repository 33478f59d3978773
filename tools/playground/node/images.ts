import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

import { cacheFolder } from '#tools/host/cache-folder.ts';
import { must } from '#tools/playground/world/command.ts';
import { containerdSocket } from './containerd.ts';
import { buildImage } from './image-archive.ts';

/** A file of this machine and where it goes in an image (absolute path). */
export interface ImageEntry {
  readonly from: string;
  readonly to: string;
  /** Default 0644. */
  readonly mode?: number;
}

/** An image as it is built from files of this machine. */
export interface ImageRecipe {
  /** Name with tag. */
  readonly reference: string;
  readonly entries: readonly ImageEntry[];
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A built image in the cache. */
export interface ImageArchive {
  readonly reference: string;
  readonly file: string;
  /** Hash (hexadecimal SHA-256) of all that the image was built from: another content has another one. */
  readonly digest: string;
}

/** Builds an image, or finds it in the cache by the content of its files. */
export async function cachedImage(recipe: ImageRecipe, env: NodeJS.ProcessEnv): Promise<ImageArchive> {
  const digest = await recipeDigest(recipe);
  const folder = join(cacheFolder(env), 'images');
  const file = join(folder, `${digest}.tar`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    // Two builds at once write two files and the same content.
    const output = `${file}.${process.pid}`;
    await buildImage({ ...recipe, output });
    renameSync(output, file);
  }
  return { reference: recipe.reference, file, digest };
}

/** Imports an image into a node's containerd unless it holds it already; a new content replaces the old. */
export async function importImage(nodeFolder: string, image: ImageArchive): Promise<void> {
  const records = join(nodeFolder, 'images');
  const record = join(records, image.reference.replaceAll(/[^a-z0-9.-]/gi, '_'));
  if (existsSync(record) && readFileSync(record, 'utf8') === image.digest) return;
  await must([
    'ctr',
    '--address',
    containerdSocket(nodeFolder),
    '--namespace',
    'k8s.io',
    'images',
    'import',
    image.file,
  ]);
  mkdirSync(records, { recursive: true });
  writeFileSync(record, image.digest);
}

async function recipeDigest({ entries, ...rest }: ImageRecipe): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const { from, to, mode } of entries) {
    hash.update(JSON.stringify([to, mode, basename(from)]));
    const file = createHash('sha256');
    await pipeline(createReadStream(from), file);
    hash.update(file.digest());
  }
  return hash.digest('hex');
}
