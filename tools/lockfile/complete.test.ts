import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { complete, type Lockfile } from './complete.ts';

it('adds the builds for other platforms, with version and platform', () => {
  const lockfile: Lockfile = {
    packages: {
      '': {},
      'node_modules/tool': {
        version: '2.0.0',
        dev: true,
        optionalDependencies: { '@tool/linux-x64': '2.0.0', '@tool/linux-arm64-musl': '2.0.0' },
      },
      'node_modules/@tool/linux-x64': { version: '2.0.0', dev: true, optional: true },
    },
  };
  expect(complete(lockfile).packages['node_modules/@tool/linux-arm64-musl']).toEqual({
    version: '2.0.0',
    cpu: ['arm64'],
    os: ['linux'],
    libc: ['musl'],
    dev: true,
    optional: true,
  });
});

it('finds the lockfile complete, or `npm ci` would refuse it: run `npm run lockfile`', () => {
  const lockfile = JSON.parse(readFileSync('package-lock.json', 'utf8')) as Lockfile;
  expect(Object.keys(lockfile.packages)).toEqual(Object.keys(complete(lockfile).packages));
});

it('names no download address', () => {
  expect(readFileSync('package-lock.json', 'utf8')).not.toContain('"resolved"');
});
