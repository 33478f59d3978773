import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inClusterCredentials } from './in-cluster.ts';

let directory: string;
let now: number;
const env = { KUBERNETES_SERVICE_HOST: '10.30.0.1', KUBERNETES_SERVICE_PORT: '443' };
const open = (more: Record<string, string> = {}) =>
  inClusterCredentials({ now: () => now, directory, env: { ...env, ...more } });

beforeEach(() => {
  now = 0;
  directory = mkdtempSync(join(tmpdir(), 'in-cluster-'));
  writeFileSync(join(directory, 'token'), 'one\n');
  writeFileSync(join(directory, 'ca.crt'), 'authority');
});
afterEach(() => rmSync(directory, { recursive: true }));

test('the mounted service account is used, at the address of the environment', async () => {
  expect(await open().access()).toEqual({
    server: 'https://10.30.0.1:443',
    headers: { authorization: 'Bearer one' },
    tls: { ca: Buffer.from('authority') },
  });
  expect((await open({ KUBERNETES_SERVICE_HOST: 'fd00::1' }).access()).server).toBe('https://[fd00::1]:443');
});

test('a rotated token is read after a minute, and at once when the old one was refused', async () => {
  const credentials = open();
  const token = async () => (await credentials.access()).headers['authorization'];
  expect(await token()).toBe('Bearer one');
  writeFileSync(join(directory, 'token'), 'two');
  now = 59_000;
  expect(await token()).toBe('Bearer one');
  now = 61_000;
  expect(await token()).toBe('Bearer two');
  writeFileSync(join(directory, 'token'), 'three');
  credentials.forget();
  expect(await token()).toBe('Bearer three');
});

test('outside of a pod it says what to do', async () => {
  const wanted = { code: 'kubeconfig', hint: expect.stringContaining('--kubeconfig') };
  await expect(open({ KUBERNETES_SERVICE_HOST: '' }).access()).rejects.toMatchObject(wanted);
  rmSync(join(directory, 'token'));
  await expect(open().access()).rejects.toMatchObject(wanted);
});
