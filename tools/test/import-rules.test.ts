import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** Each room with an import that it may not make. */
const forbidden = [
  ['core/wire', '#sidecar/plan/x.ts'],
  ['sidecar/observe', '#sidecar/plan/x.ts'],
  ['sidecar/plan', '#sidecar/serve/x.ts'],
  ['sidecar/probe', '#sidecar/observe/x.ts'],
  ['sidecar/places', '#sidecar/serve/x.ts'],
  ['sidecar/serve', '#sidecar/plan/x.ts'],
  ['sidecar/places', '#sidecar/serve/x.ts'],
  ['sidecar/fleet', '#sidecar/edge/x.ts'],
  ['sidecar/edge', '#sidecar/fleet/x.ts'],
  ['sidecar/publish', '#sidecar/observe/x.ts'],
  ['sidecar/memory', '#sidecar/plan/x.ts'],
  ['sidecar/admin', '#sidecar/plan/x.ts'],
  ['sidecar/model', '#sidecar/plan/x.ts'],
  ['sidecar/wiring', '#plugins/cli/x.ts'],
  ['plugins/gslb', '#plugins/offload/x.ts'],
  ['plugins/offload', '#plugins/gslb/x.ts'],
  ['plugins/cli', '#plugins/gslb/x.ts'],
  ['agent/peering', '#agent/pods/x.ts'],
  ['agent/tenancy', '#agent/peering/x.ts'],
  ['agent/namespaces', '#agent/node/x.ts'],
  ['agent/endpoints', '#agent/gateway/x.ts'],
  ['agent/node', '#agent/pods/x.ts'],
  ['agent/pods', '#agent/node/x.ts'],
  ['agent/reflect', '#agent/pods/x.ts'],
  ['agent/kubelet', '#agent/pods/x.ts'],
  ['agent/provider', '#agent/pods/x.ts'],
  ['agent/gateway', '#agent/pods/x.ts'],
  ['agent/model', '#agent/pods/x.ts'],
  ['agent/wiring', '#plugins/cli/x.ts'],
  ['tools/build', '#test/support/x.ts'],
] as const;

/** Imports that must stay possible. */
const allowed = [
  ['sidecar/plan', '#sidecar/model/x.ts'],
  ['sidecar/plan', '#core/wire/x.ts'],
  ['sidecar/fleet', '#sidecar/fleet/x.ts'],
  ['sidecar/wiring', '#sidecar/plan/x.ts'],
  ['plugins/gslb', '#plugins/cli/x.ts'],
  ['tools/build', '#sidecar/plan/x.ts'],
  ['test/e2e', '#tools/build/x.ts'],
] as const;

const forms = {
  static: (path: string) => `import { x } from '${path}';\nexport const y = x;\n`,
  're-export': (path: string) => `export { x } from '${path}';\n`,
  dynamic: (path: string) => `export const x = () => import('${path}');\n`,
} as const;

const file = (room: string, form: string, path: string): string =>
  join(room, `${form}-${path.replaceAll(/[^a-z]/g, '-')}.ts`);

describe('import rules', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'interspan-lint-'));
  let refused: ReadonlySet<string>;

  beforeAll(() => {
    cpSync('biome.json', join(scratch, 'biome.json'));
    cpSync('package.json', join(scratch, 'package.json'));
    const leaving = forbidden.map(([room]) => [room, '../other/x.ts'] as const);
    for (const [room, path] of [...forbidden, ...allowed, ...leaving]) {
      for (const [form, text] of Object.entries(forms)) {
        const target = join(scratch, file(room, form, path));
        mkdirSync(dirname(target), { recursive: true });
        writeFileSync(target, text(path));
      }
    }
    const biome = join(process.cwd(), 'node_modules/.bin/biome');
    const args = ['lint', '--only=style/noRestrictedImports', '--reporter=json', '--max-diagnostics=none'];
    const run = spawnSync(biome, [...args, '--vcs-enabled=false', '.'], { cwd: scratch, encoding: 'utf8' });
    const report = JSON.parse(run.stdout) as {
      diagnostics: { category: string; location: { path: string | { file: string } } }[];
    };
    refused = new Set(
      report.diagnostics.map(({ location }) =>
        typeof location.path === 'string' ? location.path : location.path.file,
      ),
    );
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it.each(forbidden)('%s may not import %s, in any form', (room, path) => {
    for (const form of Object.keys(forms)) expect(refused).toContain(file(room, form, path));
  });

  it.each(allowed)('%s may import %s', (room, path) => {
    for (const form of Object.keys(forms)) expect(refused).not.toContain(file(room, form, path));
  });

  it.each(forbidden)('%s may not leave its folder by a relative import', (room) => {
    for (const form of Object.keys(forms)) expect(refused).toContain(file(room, form, '../other/x.ts'));
  });

  it('has a forbidden import for every room there is', () => {
    const rooms = ['agent', 'plugins', 'sidecar'].filter(existsSync).flatMap((program) =>
      readdirSync(program, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${program}/${name}`),
    );
    expect(rooms).not.toEqual([]);
    expect(forbidden.map(([room]) => room)).toEqual(expect.arrayContaining(rooms));
  });
});
