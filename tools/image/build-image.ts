import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { ImageError } from './errors.ts';
import { type Member, tarBytes, tarSizeBytes } from './tar.ts';

/** What stands in an image at the absolute path `to`: a file of this machine, a text or bytes, or a symbolic link. */
export type ImageEntry = {
  readonly to: string;
} & (
  | { readonly from: string /** Default 0644. */; readonly mode?: number }
  | { readonly content: string | Uint8Array /** Default 0644. */; readonly mode?: number }
  | { readonly symlink: string }
);

/** An image of one layer. Folders above the entries are made, mode 0755. */
export interface ImageRecipe {
  /** Name with tag. */
  readonly reference: string;
  readonly entries: readonly ImageEntry[];
  readonly entrypoint: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `uid` or `uid:gid`; root when absent. */
  readonly user?: string;
  /** Default `/`. */
  readonly workingDir?: string;
}

/** What was built. */
export interface BuiltImage {
  /** Of the archive. */
  readonly sizeBytes: number;
  /** The image's id: `sha256:` and the digest of its configuration, which holds the layer's. */
  readonly digest: string;
}

/**
 * Builds an image for this machine's processor, without a container engine, into a docker-archive (the form of
 * `docker save`; `ctr -n k8s.io images import` takes it) at `output`, which is replaced only when complete. The same
 * files give the same bytes: owners are root, times are zero. @throws ImageError
 */
export async function buildImage({
  output,
  ...recipe
}: ImageRecipe & { readonly output: string }): Promise<BuiltImage> {
  const layer = [...membersOf(recipe.entries)];
  let digest = '';
  // The layer goes first, so that it is read once: what follows holds its digest.
  async function* archive(): AsyncGenerator<Member> {
    const hash = createHash('sha256');
    const read = () => hashed(tarBytes(layer), hash);
    yield { kind: 'file', path: 'layer.tar', mode: 0o644, sizeBytes: tarSizeBytes(layer), read };
    const config = configuration(recipe, `sha256:${hash.digest('hex')}`);
    const id = createHash('sha256').update(config).digest('hex');
    digest = `sha256:${id}`;
    yield textMember(`${id}.json`, config);
    const manifest = [{ Config: `${id}.json`, RepoTags: [recipe.reference], Layers: ['layer.tar'] }];
    yield textMember('manifest.json', JSON.stringify(manifest));
  }
  const unfinished = `${output}.unfinished`;
  try {
    await pipeline(tarBytes(archive()), createWriteStream(unfinished));
    await rename(unfinished, output);
  } finally {
    await rm(unfinished, { force: true });
  }
  return { sizeBytes: statSync(output).size, digest };
}

function configuration(recipe: ImageRecipe, diffId: string): string {
  return JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {
      Entrypoint: recipe.entrypoint,
      Env: Object.entries(recipe.env ?? {}).map(([name, value]) => `${name}=${value}`),
      ...(recipe.user === undefined ? {} : { User: recipe.user }),
      WorkingDir: recipe.workingDir ?? '/',
    },
    rootfs: { type: 'layers', diff_ids: [diffId] },
  });
}

/** Folders, parents first, then the entries by path. */
function membersOf(entries: readonly ImageEntry[]): readonly Member[] {
  const paths = entries.map(({ to }) => pathInArchive(to));
  const folders = new Set(paths.flatMap(foldersAbove));
  const sorted = [...entries].sort((a, b) => (a.to < b.to ? -1 : 1));
  paths.forEach((path, index) => {
    if (folders.has(path) || paths.indexOf(path) !== index)
      throw new ImageError('BAD_ENTRY', `two entries stand at /${path}`, 'leave one of them out');
  });
  return [
    ...[...folders].sort().map((path): Member => ({ kind: 'folder', path, mode: 0o755 })),
    ...sorted.map((entry) => memberOf(entry, pathInArchive(entry.to))),
  ];
}

function memberOf(entry: ImageEntry, path: string): Member {
  if ('symlink' in entry) return { kind: 'symlink', path, target: entry.symlink };
  const mode = entry.mode ?? 0o644;
  if ('content' in entry) return { ...textMember(path, entry.content), mode };
  const read = () => createReadStream(entry.from, { highWaterMark: 1 << 20 });
  return { kind: 'file', path, mode, sizeBytes: statSync(entry.from).size, read };
}

function textMember(path: string, content: string | Uint8Array): Extract<Member, { kind: 'file' }> {
  const bytes = Buffer.from(content);
  return { kind: 'file', path, mode: 0o644, sizeBytes: bytes.length, read: () => [bytes] };
}

function pathInArchive(to: string): string {
  if (/^(\/(?!\.{0,2}(\/|$))[^/]+)+$/.test(to)) return to.slice(1);
  throw new ImageError(
    'BAD_ENTRY',
    `"${to}" is not a path in an image`,
    'write it absolute, without . and ..',
  );
}

function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    hash.update(chunk);
    yield chunk;
  }
}
