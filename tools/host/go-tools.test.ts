import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goModules } from './go-modules.ts';
import { goTools } from './go-tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interspan-go-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An environment whose `go` is this shell script. */
function withGo(script: string): NodeJS.ProcessEnv {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'go'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { INTERSPAN_CACHE: join(folder, 'cache'), PATH: `${bin}:${process.env['PATH']}` };
}
const cached = () => readdirSync(join(folder, 'cache', 'go')).filter((name) => !name.endsWith('.lock'));

test('programs that KUBEBUILDER_ASSETS holds are taken from there', async () => {
  for (const name of goModules.kubernetes) writeFileSync(join(folder, name), '');
  const tools = await goTools('kubernetes', { KUBEBUILDER_ASSETS: folder });
  expect(tools.kubectl).toBe(join(folder, 'kubectl'));
});

test('where KUBEBUILDER_ASSETS lacks one, all are built: static, with their version, once', async () => {
  writeFileSync(join(folder, 'kubectl'), '');
  const names = goModules.kubernetes.join(' ');
  const go = withGo(
    `for name in ${names}; do echo "$CGO_ENABLED $@" > "$GOBIN/$name"; done; echo >> "${folder}/builds"`,
  );
  const env = { ...go, KUBEBUILDER_ASSETS: folder };
  const [first, second] = await Promise.all([goTools('kubernetes', env), goTools('kubernetes', env)]);
  expect(second).toEqual(first);
  expect(readFileSync(first.kubelet, 'utf8')).toMatch(
    /^0 install .*gitVersion=v1\.\d+\.\d+ .*gitMajor=1 .*gitMinor=\d+ tool$/m,
  );
  expect(readFileSync(join(folder, 'builds'), 'utf8')).toBe('\n');
  expect(cached()).toEqual([expect.stringMatching(/^kubernetes-[0-9a-f]{16}$/)]);
});

test('a build that fails says what go said, and leaves nothing that looks built', async () => {
  const env = withGo('echo > "$GOBIN/podinfo"; echo "no such host" >&2; exit 1');
  await expect(goTools('podinfo', env)).rejects.toMatchObject({
    code: 'GO_BUILD',
    message: expect.stringContaining('no such host'),
  });
  expect(cached()).toEqual([]);
});

test.each([
  'go: go.mod requires go >= 1.26 (running go 1.24.1; GOTOOLCHAIN=local)',
  "go: errors parsing go.mod: go.mod:3: invalid go version '1.26.0': must match format 1.23",
])('a Go that is too old is told from a build that fails: %s', async (said) => {
  const env = withGo(`echo "${said}" >&2; exit 1`);
  await expect(goTools('podinfo', env)).rejects.toMatchObject({
    code: 'NO_GO',
    message: expect.stringContaining('too old'),
  });
});

test('an aborted build ends its go and leaves nothing', async () => {
  const env = withGo(`echo $$ > "${folder}/pid"; exec sleep 60`);
  const stop = new AbortController();
  const tools = goTools('podinfo', env, stop.signal);
  while (!existsSync(join(folder, 'pid'))) await nextTick();
  stop.abort(new Error('enough'));
  await expect(tools).rejects.toThrow('enough');
  expect(existsSync(`/proc/${readFileSync(join(folder, 'pid'), 'utf8').trim()}`)).toBe(false);
  expect(cached()).toEqual([]);
});
