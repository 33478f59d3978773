import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream, rmSync, statSync, type WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { run } from '#tools/playground/world/command.ts';
import type { ImageEntry, ImageRecipe } from './images.ts';

/**
 * Builds an image of one layer, without a container engine, into a docker-archive (the form of `docker save`) at
 * `output`. The same files give the same image: owners are root and times are zero.
 */
export async function buildImage({
  output,
  ...recipe
}: ImageRecipe & { readonly output: string }): Promise<void> {
  const layerFile = `${output}.layer`;
  try {
    const layer = await writeLayer(recipe.entries, layerFile);
    const config = JSON.stringify({
      architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
      os: 'linux',
      config: {
        Entrypoint: recipe.entrypoint,
        Env: Object.entries(recipe.env ?? {}).map(([name, value]) => `${name}=${value}`),
        WorkingDir: '/',
      },
      rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
    });
    const configFile = `${createHash('sha256').update(config).digest('hex')}.json`;
    const manifest = [{ Config: configFile, RepoTags: [recipe.reference], Layers: [`${layer}.tar`] }];
    const archive = createWriteStream(output);
    await writeText(archive, configFile, config);
    await writeText(archive, 'manifest.json', JSON.stringify(manifest));
    await writeFrom(archive, { path: `${layer}.tar`, mode: 0o644, from: layerFile });
    await end(archive);
  } finally {
    rmSync(layerFile, { force: true });
  }
}

/** An executable with the shared libraries that the loader would give it, at the same paths. */
export async function executableEntries(from: string, to: string): Promise<readonly ImageEntry[]> {
  const own = { from, to, mode: 0o755 };
  const { code, stdout } = await run(['ldd', from]);
  if (code !== 0) return [own];
  const libraries = [...stdout.matchAll(/(\/\S+) \(0x[0-9a-f]+\)/g)].map((match) => match[1] as string);
  return [own, ...libraries.map((library) => ({ from: library, to: library, mode: 0o755 }))];
}

/** Writes the layer and returns its SHA-256. */
async function writeLayer(entries: readonly ImageEntry[], file: string): Promise<string> {
  const hash = createHash('sha256');
  const layer = createWriteStream(file);
  const sorted = entries.toSorted((a, b) => (a.to < b.to ? -1 : 1));
  for (const folder of foldersOf(sorted)) await write(layer, header(`${folder}/`, 0, 0o755, '5'), hash);
  for (const { from, to, mode } of sorted) {
    await writeFrom(layer, { path: to.slice(1), mode: mode ?? 0o644, from }, hash);
  }
  await end(layer, hash);
  return hash.digest('hex');
}

/** Every folder above an entry, parents first. */
function foldersOf(entries: readonly ImageEntry[]): readonly string[] {
  const folders = entries.flatMap(({ to }) => {
    const parts = to.split('/').slice(1, -1);
    return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  });
  return [...new Set(folders)].sort();
}

async function writeText(tar: WriteStream, path: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await write(tar, header(path, bytes.length, 0o644, '0'));
  await write(tar, bytes);
  await write(tar, padding(bytes.length));
}

async function writeFrom(
  tar: WriteStream,
  { path, mode, from }: { path: string; mode: number; from: string },
  hash?: Hash,
): Promise<void> {
  const { size } = statSync(from);
  await write(tar, header(path, size, mode, '0'), hash);
  for await (const chunk of createReadStream(from, { highWaterMark: 1 << 20 }))
    await write(tar, chunk as Buffer, hash);
  await write(tar, padding(size), hash);
}

/** A header of the POSIX ustar format: 512 bytes, numbers in octal, owner 0:0, time 0. */
function header(path: string, size: number, mode: number, type: '0' | '5'): Buffer {
  const block = Buffer.alloc(512);
  const put = (text: string, offset: number): void => void block.write(text, offset, 'latin1');
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  if (Buffer.byteLength(path) > 100) throw new RangeError(`ustar takes at most 100 bytes of path: ${path}`);
  put(path, 0);
  put(octal(mode, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(0, 11), 136);
  put('        ', 148);
  put(type, 156);
  put('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((512 - (size % 512)) % 512);
}

async function write(tar: WriteStream, bytes: Buffer, hash?: Hash): Promise<void> {
  hash?.update(bytes);
  if (bytes.length > 0 && !tar.write(bytes)) await once(tar, 'drain');
}

/** Two zero blocks end an archive. */
async function end(tar: WriteStream, hash?: Hash): Promise<void> {
  await write(tar, Buffer.alloc(1024), hash);
  tar.end();
  await finished(tar);
}
