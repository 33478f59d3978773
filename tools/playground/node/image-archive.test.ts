import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildImage } from './image-archive.ts';

describe('buildImage', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interspan-image-'));
    writeFileSync(join(folder, 'program'), 'x'.repeat(3_000_001));
    writeFileSync(join(folder, 'library'), 'y');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const build = async (name: string): Promise<string> => {
    const output = join(folder, name);
    await buildImage({
      reference: 'example/app:1',
      entries: [
        { from: join(folder, 'program'), to: '/usr/bin/app', mode: 0o755 },
        { from: join(folder, 'library'), to: '/usr/lib/a/b.so' },
      ],
      entrypoint: ['/usr/bin/app', '--serve'],
      env: { HOME: '/' },
      output,
    });
    return output;
  };
  const unpack = (archive: string, member: string): Buffer =>
    execFileSync('tar', ['-xOf', archive, member], { maxBuffer: 1 << 24 });

  test('makes an archive that names its image, its entrypoint and one layer with the files', async () => {
    const archive = await build('image.tar');
    const [manifest] = JSON.parse(unpack(archive, 'manifest.json').toString());
    const config = JSON.parse(unpack(archive, manifest.Config).toString());
    expect(manifest.RepoTags).toEqual(['example/app:1']);
    expect(config.config).toEqual({
      Entrypoint: ['/usr/bin/app', '--serve'],
      Env: ['HOME=/'],
      WorkingDir: '/',
    });
    writeFileSync(join(folder, 'layer.tar'), unpack(archive, manifest.Layers[0]));
    const listed = execFileSync('tar', ['-tvf', join(folder, 'layer.tar')])
      .toString()
      .trim()
      .split('\n');
    expect(listed.map((line) => `${line.split(' ')[0]} ${line.split(' ').at(-1)}`)).toEqual([
      'drwxr-xr-x usr/',
      'drwxr-xr-x usr/bin/',
      'drwxr-xr-x usr/lib/',
      'drwxr-xr-x usr/lib/a/',
      '-rwxr-xr-x usr/bin/app',
      '-rw-r--r-- usr/lib/a/b.so',
    ]);
    expect(execFileSync('sha256sum', [join(folder, 'layer.tar')]).toString()).toContain(
      config.rootfs.diff_ids[0].slice('sha256:'.length),
    );
    expect(unpack(join(folder, 'layer.tar'), 'usr/bin/app').length).toBe(3_000_001);
  });

  test('makes the same bytes of the same files', async () => {
    expect(readFileSync(await build('a.tar')).equals(readFileSync(await build('b.tar')))).toBe(true);
  });
});
