import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decode } from '#sidecar/memory/decode.ts';
import { freePort } from '#tools/host/free-port.ts';

/* What becomes of the state on disks that are full, and of processes that are killed while they write. */

let folder: string;
let state: string;
const ending: (() => Promise<void>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-disk-'));
  state = join(folder, 'state');
  mkdirSync(state);
});
afterEach(async () => {
  for (const end of ending.splice(0)) await end();
  rmSync(folder, { recursive: true, force: true });
});

/** Starts a program with its own output; it is killed after the test. */
function start(command: string, ...words: readonly string[]) {
  const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  ending.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, exited };
}

test('a process that is killed while it writes leaves a whole file, whenever that is', async () => {
  const path = join(state, 'state');
  let last = 0;
  for (let round = 0; round < 12; round += 1) {
    const { child, exited } = start(
      process.execPath,
      join(import.meta.dirname, '../support/memory-writer.ts'),
      path,
    );
    await once(child.stdout, 'data');
    // Anywhere in the writes that follow the first.
    await pause(1 + ((round * 37) % 120));
    child.kill('SIGKILL');
    await exited;
    const found = decode(readFileSync(path));
    expect(found).toMatchObject({ leftOut: 0, state: { zones: [{ name: 'cloud.example.com' }] } });
    last = Math.max(last, 'state' in found ? (found.state.zones[0]?.serial ?? 0) : 0);
  }
  expect(last).toBeGreaterThan(1);
}, 120_000);

test('with a full disk it answers, warns, counts, and keeps its state when there is room', async () => {
  const [dns, metrics] = [await freePort(), await freePort()];
  // A disk of its own, which goes with the process.
  const script = `mount -t tmpfs -o size=64k memory-disk "$1" && ! head -c 1M /dev/zero 2>/dev/null >"$1/fill"; shift; exec "$@"`;
  const { child } = start(
    ...([
      'unshare',
      '--mount',
      'sh',
      '-c',
      script,
      'sh',
      state,
      process.execPath,
      'sidecar/main.ts',
    ] as const),
    ...['--geotag=eu', '--from=examples/two-regions/eu', `--state-dir=${state}`, '--edge=none'],
    ...[`--listen=127.0.0.1:${dns}`, `--metrics=127.0.0.1:${metrics}`],
  );
  const value = async (series: string) => {
    const text = await (await fetch(`http://127.0.0.1:${metrics}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${series} `))
        ?.split(' ')[1],
    );
  };
  const writes = (result: string) => value(`gslb_state_writes_total{result="${result}"}`);
  const patience = { timeout: 30_000, interval: 100 };
  await vi.waitFor(async () => expect(await writes('failed')).toBeGreaterThan(0), patience);
  expect(await writes('written')).toBe(0);
  expect(await value('gslb_dns_names')).toBe(2);
  expect(existsSync(join(state, 'memory'))).toBe(false);
  // The disk as that process sees it.
  const seen = join('/proc', String(child.pid), 'root', state);
  rmSync(join(seen, 'fill'));
  await vi.waitFor(async () => expect(await writes('written')).toBe(1), patience);
  expect(decode(readFileSync(join(seen, 'memory', 'state')))).toHaveProperty('state');
}, 90_000);
