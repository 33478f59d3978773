import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const read = (path: string) => readFileSync(path, 'utf8');

describe('documents', () => {
  it('docs/dependencies.md lists exactly the packages of package.json', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json')) as Record<string, object>;
    const [production = '', development = ''] = read('docs/dependencies.md').split(/^## /m).slice(1);
    // First cell of each row after the heading row and its rule.
    const listed = (section: string) =>
      [...section.matchAll(/^\| ([^|]+) \|/gm)]
        .slice(1)
        .flatMap((row) => row[1]?.split(', ') ?? [])
        .sort();
    expect(listed(production)).toEqual(Object.keys(dependencies ?? {}).sort());
    expect(listed(development)).toEqual(Object.keys(devDependencies ?? {}).sort());
  });

  it('docs/architecture.md tells of every room', () => {
    const rooms = ['core', 'plugins', 'sidecar'].flatMap((program) =>
      readdirSync(program, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${program}/${name}`),
    );
    const told = [...read('docs/architecture.md').matchAll(/^\| (\S+) \|/gm)].map((row) => row[1]);
    expect(told).toEqual(expect.arrayContaining(rooms));
  });

  it('links between documents lead somewhere', () => {
    const documents = ['README.md', ...globSync('docs/**/*.md')];
    const broken = documents.flatMap((document) =>
      [...read(document).matchAll(/\]\((?!https?:)([^)#]+)/g)]
        .map((link) => join(dirname(document), link[1] as string))
        .filter((target) => !existsSync(target))
        .map((target) => `${document}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  // Rules of krew: internal/index/validation/validate.go.
  describe('krew.yaml', () => {
    const manifests = parseAllDocuments(read('krew.yaml')).map((document) => document.toJS());

    it('holds both plugins', () => {
      expect(manifests.map((manifest) => manifest.metadata.name)).toEqual(['gslb', 'offload']);
    });

    it.each(manifests)('is one that krew accepts once it is filled in: $metadata.name', (manifest) => {
      expect(manifest).toMatchObject({
        apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
        kind: 'Plugin',
        spec: { version: expect.stringMatching(/^v\d+\.\d+\.\d+$/) },
      });
      expect(manifest.spec.shortDescription).toMatch(/^[A-Z][^\n]{1,49}[^.\n]$/);
      const platforms = manifest.spec.platforms as {
        selector: { matchLabels: { os: string; arch: string } };
        uri: string;
        sha256: string;
        bin: string;
        files: { from: string; to: string }[];
      }[];
      expect(new Set(platforms.map(({ selector }) => JSON.stringify(selector))).size).toBe(5);
      for (const { selector, uri, sha256, bin, files } of platforms) {
        const { os, arch } = selector.matchLabels;
        const exe = `kubectl-${manifest.metadata.name}${os === 'windows' ? '.exe' : ''}`;
        expect(bin).toBe(exe);
        expect(uri).toMatch(new RegExp(`/kubectl-${manifest.metadata.name}-${os}-${arch}\\.(tar\\.gz|zip)$`));
        expect(sha256).toMatch(/^[a-f0-9]{64}$/);
        expect(files.map(({ from }) => from)).toEqual([exe, 'LICENSE']);
      }
    });
  });
});
