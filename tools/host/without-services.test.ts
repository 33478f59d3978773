import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { withoutServices } from './without-services.ts';

let folder: string;
let policy: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interspan-policy-'));
  policy = join(folder, 'policy-rc.d');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Leaves what a run leaves that is killed during the installation. */
function leaveBehind(): void {
  const written = withoutServices(() => readFileSync(policy, 'utf8'), policy);
  const ended = spawnSync('true').pid;
  writeFileSync(policy, written.replace(`/proc/${process.pid}`, `/proc/${ended}`), { mode: 0o755 });
}

const verdict = () => spawnSync(policy, ['named', 'start']).status;

test('services are forbidden during the installation, and nothing stays behind', () => {
  expect(withoutServices(verdict, policy)).toBe(101);
  expect(existsSync(policy)).toBe(false);
});

test('nothing stays behind when the installation throws', () => {
  const fail = () => {
    throw new Error('no network');
  };
  expect(() => withoutServices(fail, policy)).toThrow('no network');
  expect(existsSync(policy)).toBe(false);
});

test("somebody else's policy decides and stays", () => {
  writeFileSync(policy, '#!/bin/sh\nexit 102\n', { mode: 0o755 });
  expect(withoutServices(verdict, policy)).toBe(102);
  expect(readFileSync(policy, 'utf8')).toContain('102');
});

test('a policy whose process was killed allows everything and removes itself', () => {
  leaveBehind();
  expect(verdict()).toBe(0);
  expect(existsSync(policy)).toBe(false);
});

test('a policy whose process was killed is replaced', () => {
  leaveBehind();
  expect(withoutServices(verdict, policy)).toBe(101);
  expect(existsSync(policy)).toBe(false);
});
