import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freePorts } from '#tools/host/free-port.ts';

const readme = readFileSync('README.md', 'utf8').split(
  '## Try load balancing without Kubernetes',
)[1] as string;
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm'))].map(
    (match) => match[1] as string,
  );

/** Ends `npm run` and the program that it started. */
function end(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'close');
  if (child.pid !== undefined) process.kill(-child.pid);
  return ended;
}

let folder: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interspan-readme-'));
  cpSync('examples', join(folder, 'examples'), { recursive: true });
});
afterEach(async () => {
  await Promise.all(children.splice(0).map(end));
  rmSync(folder, { recursive: true, force: true });
});

test('what README says about two regions without Kubernetes is so', async () => {
  const ports = await freePorts(2);
  const here = (command: string) =>
    command
      .replaceAll(/530[01]/g, (shown) => String(ports[Number(shown) - 5300]))
      .replaceAll('examples/', join(folder, 'examples/'));
  const [install, ...starts] = (blocks('sh')[0] as string).trim().split('\n');
  expect(install).toBe('npm ci');
  expect(starts.length).toBe(2);
  for (const start of starts)
    children.push(spawn('sh', ['-c', `exec ${here(start)}`], { stdio: 'ignore', detached: true }));

  const [before, after] = blocks('console').map((block) => {
    const [command = '', ...output] = block.trim().split('\n');
    return { command: here(command.replace(/^\$ /, '')), output };
  });
  if (before === undefined || after === undefined) throw new Error('README shows two answers');
  expect(await settled(before)).toEqual(before.output);

  const file = join(folder, 'examples/two-regions/eu/app.yaml');
  const [, written = '', given = ''] = /`(ready: \w+)` for `(ready: \w+)`/.exec(readme) ?? [];
  writeFileSync(file, readFileSync(file, 'utf8').replace(given, written));
  expect(await settled(after)).toEqual(after.output);
  const other = { ...after, command: after.command.replace(String(ports[0]), String(ports[1])) };
  expect(await settled(other)).toEqual(after.output);
}, 150_000);

/** The sorted lines of a command: as soon as they are as shown, or after 40 s as they are. */
async function settled({ command, output }: { command: string; output: readonly string[] }) {
  for (const deadline = performance.now() + 40_000; ; await sleep(100)) {
    const { stdout } = spawnSync('sh', ['-c', `${command} +time=1 +tries=1`], { encoding: 'utf8' });
    const lines = stdout.trim().split('\n').sort();
    if (lines.join() === output.join() || performance.now() > deadline) return lines;
  }
}
