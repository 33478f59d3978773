import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { executableEntries } from './executable-entries.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'interspan-root-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('lists what an executable needs to run in an empty root', () => {
  const entries = executableEntries('/bin/ls', '/program');
  for (const entry of entries) {
    if (!('from' in entry)) continue;
    mkdirSync(dirname(join(root, entry.to)), { recursive: true });
    copyFileSync(entry.from, join(root, entry.to));
  }
  const loader = entries.map(({ to }) => to).find((to) => to.includes('/ld-linux'));
  expect(entries[0]).toMatchObject({ from: '/bin/ls', to: '/program', mode: 0o755 });
  expect(loader).toBeDefined();
  if (process.getuid?.() !== 0) return;
  const run = spawnSync('chroot', [root, '/program', '/'], { encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(run.stdout.split('\n')).toContain('program');
});

test('takes a file without loader as it is', () => {
  const script = join(root, 'script');
  writeFileSync(script, '#!/bin/sh\n');
  expect(executableEntries(script, '/script')).toEqual([{ from: script, to: '/script', mode: 0o755 }]);
});

test('refuses a file that is not there', () => {
  expect(() => executableEntries(join(root, 'none'), '/none')).toThrow(/cannot be listed/);
});
