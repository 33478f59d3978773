import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cacheFolder } from '#tools/host/cache-folder.ts';
import { buildImage, type ImageRecipe } from '#tools/image/build-image.ts';
import { must } from '#tools/playground/world/command.ts';
import { containerdSocket } from './containerd.ts';

/** A built image in the cache. */
export interface ImageArchive {
  readonly reference: string;
  readonly file: string;
  /** Hash (hexadecimal SHA-256) of all that the image was built from: another content has another one. */
  readonly digest: string;
}

/** Archives of former contents of an image go when nobody used them for so long. */
const keepUnusedMs = 24 * 3600 * 1000;

/** Builds an image, or finds it in the cache by the content of its files. */
export async function cachedImage(recipe: ImageRecipe, env: NodeJS.ProcessEnv): Promise<ImageArchive> {
  const { reference } = recipe;
  const digest = await recipeDigest(recipe);
  const file = join(cacheFolder(env), 'images', `${fileName(reference)}-${digest}.tar`);
  if (existsSync(file)) {
    const now = new Date();
    utimesSync(file, now, now);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    dropUnused(dirname(file), reference);
    // Two builds at once write two files and the same content.
    const output = `${file}.${process.pid}`;
    await buildImage({ ...recipe, output });
    renameSync(output, file);
  }
  return { reference, file, digest };
}

/** Imports an image into a node's containerd unless it holds it already; a new content replaces the old. */
export async function importImage(nodeFolder: string, image: ImageArchive): Promise<void> {
  const records = join(nodeFolder, 'images');
  const record = join(records, fileName(image.reference));
  if (existsSync(record) && readFileSync(record, 'utf8') === image.digest) return;
  const containerd = ['--address', containerdSocket(nodeFolder), '--namespace', 'k8s.io'];
  await must(['ctr', ...containerd, 'images', 'import', image.file]);
  mkdirSync(records, { recursive: true });
  writeFileSync(record, image.digest);
}

function fileName(reference: string): string {
  return reference.replaceAll(/[^a-z0-9.-]/gi, '_');
}

function dropUnused(folder: string, reference: string): void {
  const oldest = Date.now() - keepUnusedMs;
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (!name.startsWith(`${fileName(reference)}-`)) continue;
    const used = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
    if (used !== undefined && used < oldest) rmSync(file, { force: true });
  }
}

async function recipeDigest({ entries, ...rest }: ImageRecipe): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(rest));
  for (const entry of entries) {
    if (!('from' in entry)) {
      hash.update(JSON.stringify(entry));
      continue;
    }
    hash.update(JSON.stringify([entry.to, entry.mode, basename(entry.from)]));
    const file = createHash('sha256');
    await pipeline(createReadStream(entry.from), file);
    hash.update(file.digest());
  }
  return hash.digest('hex');
}
