import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildImage, type ImageEntry } from './build-image.ts';

const deep = `/${Array.from({ length: 15 }, (_, index) => `folder-of-level-${index}`).join('/')}`;

describe('buildImage', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interspan-image-'));
    writeFileSync(join(folder, 'program'), 'x'.repeat(3_000_001));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const recipe = (entries: readonly ImageEntry[]) => ({
    reference: 'example/app:1',
    entries,
    entrypoint: ['/usr/bin/app', '--serve'],
    env: { HOME: '/' },
    user: '65532',
  });
  const entries = (): readonly ImageEntry[] => [
    { from: join(folder, 'program'), to: '/usr/bin/app', mode: 0o755 },
    { content: 'hello', to: `${deep}/text` },
    { symlink: deep, to: '/link' },
  ];
  const unpack = (archive: string, member: string): Buffer =>
    execFileSync('tar', ['-xOf', archive, member], { maxBuffer: 1 << 24 });

  test('makes an archive that names its image, its configuration and one layer', async () => {
    const archive = join(folder, 'image.tar');
    const built = await buildImage({ ...recipe(entries()), output: archive });
    const [manifest] = JSON.parse(unpack(archive, 'manifest.json').toString());
    const config = unpack(archive, manifest.Config);
    const layer = unpack(archive, manifest.Layers[0]);
    expect(manifest.RepoTags).toEqual(['example/app:1']);
    expect(JSON.parse(config.toString())).toMatchObject({
      config: {
        Entrypoint: ['/usr/bin/app', '--serve'],
        Env: ['HOME=/'],
        User: '65532',
        WorkingDir: '/',
      },
      rootfs: { diff_ids: [`sha256:${createHash('sha256').update(layer).digest('hex')}`] },
    });
    expect(built).toEqual({
      sizeBytes: statSync(archive).size,
      digest: `sha256:${createHash('sha256').update(config).digest('hex')}`,
    });
  });

  test('makes a layer that tar unpacks: files, long names, links, and the folders above them', async () => {
    const archive = join(folder, 'image.tar');
    await buildImage({ ...recipe(entries()), output: archive });
    const layer = join(folder, 'layer.tar');
    writeFileSync(layer, unpack(archive, 'layer.tar'));
    const listed = execFileSync('tar', ['-tvf', layer, '--numeric-owner', '--utc'])
      .toString()
      .trim()
      .split('\n');
    expect(listed.filter((line) => !line.includes('folder-of'))).toEqual([
      expect.stringMatching(/^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 usr\/$/),
      expect.stringMatching(/^drwxr-xr-x 0\/0 +0 1970-01-01 00:00 usr\/bin\/$/),
      expect.stringMatching(/^-rwxr-xr-x 0\/0 +3000001 1970-01-01 00:00 usr\/bin\/app$/),
    ]);
    const root = join(folder, 'root');
    mkdirSync(root);
    execFileSync('tar', ['-xf', layer, '-C', root]);
    expect(readFileSync(join(root, deep, 'text'), 'utf8')).toBe('hello');
    expect(execFileSync('readlink', [join(root, 'link')]).toString()).toBe(`${deep}\n`);
    expect(statSync(join(root, 'usr/bin/app')).size).toBe(3_000_001);
  });

  test('makes the same bytes of the same files in another order', async () => {
    await buildImage({ ...recipe(entries()), output: join(folder, 'a.tar') });
    await buildImage({ ...recipe(entries().toReversed()), output: join(folder, 'b.tar') });
    expect(readFileSync(join(folder, 'a.tar')).equals(readFileSync(join(folder, 'b.tar')))).toBe(true);
  });

  test.each([
    ['relative', [{ content: '', to: 'a' }]],
    ['climbing', [{ content: '', to: '/a/../b' }]],
    ['a folder', [{ content: '', to: '/a/' }]],
    [
      'twice',
      [
        { content: '1', to: '/a' },
        { content: '2', to: '/a' },
      ],
    ],
    [
      'above another',
      [
        { content: '1', to: '/a' },
        { content: '2', to: '/a/b' },
      ],
    ],
  ])('refuses an entry that is %s, and leaves no file', async (_, bad) => {
    const output = join(folder, 'image.tar');
    await expect(buildImage({ ...recipe(bad), output })).rejects.toMatchObject({ code: 'BAD_ENTRY' });
    expect(existsSync(output)).toBe(false);
  });

  test('keeps the former archive and leaves no other when a file cannot be read', async () => {
    const output = join(folder, 'image.tar');
    writeFileSync(output, 'former');
    // Its size is 0 by stat, and reading gives more.
    const changing = recipe([{ from: '/proc/version', to: '/version' }]);
    await expect(buildImage({ ...changing, output })).rejects.toMatchObject({ code: 'CHANGED_WHILE_READ' });
    expect(readFileSync(output, 'utf8')).toBe('former');
    expect(existsSync(`${output}.unfinished`)).toBe(false);
  });
});
